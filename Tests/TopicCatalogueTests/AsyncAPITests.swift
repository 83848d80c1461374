import Foundation
import Testing
import TopicCatalogue

/// Tests of the AsyncAPI document.
struct AsyncAPITests {
    @Test(.enabled(if: SystemPython.has("yaml"), "python3-yaml is not installed"), .timeLimit(.minutes(1)))
    func theDocumentSaysWhatTheDefinitionsSay() throws {
        let result = try SystemPython.run(Self.comparison, [ContractFolder.url.path])
        let agreement = "\(TopicCatalogue.all.count) channels agree\n"
        #expect(result.status == 0 && result.output == agreement, "\(result.output)")
    }

    private static let comparison = """
        import json, pathlib, sys, yaml

        topics = pathlib.Path(sys.argv[1])
        document = yaml.safe_load((topics / "asyncapi.yaml").read_text())
        def resolve(node):
            while isinstance(node, dict) and "$ref" in node:
                target = node["$ref"]
                if target.startswith("./"):
                    return json.loads((topics / target).read_text())
                node = document
                for part in target[2:].split("/"):
                    node = node[part]
            return node

        def expect(what, found, wanted):
            if found != wanted:
                sys.exit(f"{what}: asyncapi.yaml says {found}, the definition says {wanted}")

        assert document["asyncapi"] == "3.0.0"
        channels = {channel["address"]: channel for channel in document["channels"].values()}
        definitions = {path.stem: json.loads(path.read_text()) for path in (topics / "definitions").iterdir()}
        expect("channels", sorted(channels), sorted(definitions))
        for name, channel in channels.items():
            definition = definitions[name]
            kafka = resolve(channel["bindings"]["kafka"])
            expect(f"{name} partitions", kafka["partitions"], definition["partitions"])
            expect(f"{name} replicas", kafka["replicas"], definition["replicationFactor"])
            for setting, value in kafka["topicConfiguration"].items():
                value = ",".join(value) if isinstance(value, list) else str(value)
                expect(f"{name} {setting}", value, definition["config"][setting])
            # Others may stand between them, and have no content.
            message, *others = map(resolve, channel["messages"].values())
            expect(f"{name} others with content", [other["name"] for other in others if "contentType" in other], [])
            expect(f"{name} content type", message["contentType"], definition["value"]["contentType"])
            schema = pathlib.Path(message.get("payload", {}).get("schema", {}).get("$ref", "")).name or None
            expect(f"{name} schema", schema, definition["value"].get("schema"))
            headers = resolve(message.get("headers", {}))
            expect(f"{name} headers", list(headers.get("properties", {})), [h["name"] for h in definition["headers"]])
            expect(f"{name} required headers", headers.get("required", []),
                   [h["name"] for h in definition["headers"] if h["required"]])
        for operation in document["operations"].values():
            assert resolve(operation["channel"])["address"] in definitions
        print(len(channels), "channels agree")
        """
}
