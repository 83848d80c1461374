import Foundation
import Invalidations
import Testing
import TopicCatalogue

/// Tests of schemas.
struct SchemaTests {
    @Test(
        .enabled(if: SystemPython.has("jsonschema"), "python3-jsonschema is not installed"),
        .timeLimit(.minutes(2)))
    func schemasTakeTheGoodAndRefuseTheBad() throws {
        let cases = try JSONEncoder().encode(SchemaCase.all)
        let file = FileManager.default.temporaryDirectory.appending(path: "cachesync-schemas-\(UUID().uuidString)")
        try cases.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let result = try SystemPython.run(Self.validator, [ContractFolder.url.path, file.path])
        #expect(result.status == 0 && result.output == "\(SchemaCase.all.count) as expected\n", "\(result.output)")
    }

    /// What the schema takes, the worker takes; what it refuses, ends among the dead.
    @Test(arguments: SchemaCase.invalidations.map { ($0.name, $0.isValid, $0.value) })
    func theDecoderAgreesWithTheSchema(name: String, isValid: Bool, value: String) {
        var bytes = Array(value.utf8)
        let decoded = bytes.withUnsafeMutableBytes { bytes in
            try? InvalidationDecoder().decode(record: UnsafeRawBufferPointer(bytes), time: Timestamp(milliseconds: 0))
        }
        #expect((decoded != nil) == isValid)
    }

    @Test func theSchemaStatesTheLimitsOfTheCode() throws {
        let schema = try Schema("schemas/invalidation.schema.json")
        #expect(schema.properties["namespace"]?.maxLength == Limits.namespaceBytes)
        #expect(schema.properties["source"]?.maxLength == Limits.sourceBytes)
        #expect(schema.properties["tags"]?.maxItems == Limits.tags)
        #expect(schema.properties["tags"]?.items?.maxLength == Limits.tagBytes)
        #expect(schema.properties["urls"]?.maxItems == Limits.urls)
        #expect(schema.properties["urls"]?.items?.maxLength == Limits.urlBytes)
        #expect(schema.properties["prefixes"]?.maxItems == Limits.prefixes)
        #expect(schema.properties["prefixes"]?.items?.maxLength == Limits.urlBytes)
        for topic in TopicName.invalidations {
            #expect(TopicCatalogue.definition(named: topic)?.value.bytesMax == Limits.recordBytes)
            #expect(TopicCatalogue.definition(named: topic)?.key.bytesMax == Limits.namespaceBytes)
        }
    }

    private struct Schema: Decodable {
        struct Items: Decodable {
            var maxLength: Int?
        }

        struct Property: Decodable {
            var maxLength: Int?
            var maxItems: Int?
            var items: Items?
        }

        var properties: [String: Property]

        init(_ path: String) throws {
            let file = try #require(TopicCatalogue.schemaFiles.first { $0.path == path })
            self = try JSONDecoder().decode(Schema.self, from: Data(file.bytes))
        }
    }

    private static let validator = """
        import json, pathlib, sys
        from jsonschema import Draft202012Validator as Validator

        topics = pathlib.Path(sys.argv[1])
        def schema(name):
            document = json.loads((topics / "schemas" / name).read_text())
            Validator.check_schema(document)
            return Validator(document)

        for definition in sorted((topics / "definitions").iterdir()):
            for error in schema("topic.schema.json").iter_errors(json.loads(definition.read_text())):
                sys.exit(f"{definition.name}: {error.message}")
        cases = json.load(open(sys.argv[2]))
        for case in cases:
            if schema(case["schema"]).is_valid(json.loads(case["value"])) != case["isValid"]:
                sys.exit(f"{case['schema']}, {case['name']}: should be {'valid' if case['isValid'] else 'refused'}")
        print(len(cases), "as expected")
        """
}
