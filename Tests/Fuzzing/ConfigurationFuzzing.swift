import Edges
import Runtime

/// A configuration file with edges, and single values of every form.
enum ConfigurationFuzzing {
    private static let keys = [
        ConfigurationKey("kafka.brokers", environment: "CACHESYNC_KAFKA_BROKERS", help: "A list"),
        ConfigurationKey("kafka.tls.ca", environment: nil, help: "A path"),
        ConfigurationKey("worker.threads", environment: nil, default: "1", help: "A number"),
        ConfigurationKey("gateway.token", environment: nil, isSecret: true, help: "A secret"),
        EdgeList.key, AccountList.key,
    ]

    static func read(_ bytes: UnsafeRawBufferPointer) {
        let text = String(decoding: bytes, as: UTF8.self)
        value(ConfigurationValue(key: "key", text: text, origin: .default))
        guard let root = try? YAMLReader.parse(Array(bytes), fileName: "fuzzing.yaml") else { return }
        // A file that stands elsewhere is none of this input's.
        guard !names(file: root) else { return }
        let environment = ["CACHESYNC_KAFKA_BROKERS": text, "TOKEN": "secret"]
        guard
            let sources = try? ConfigurationSources(
                keys: keys, environment: environment, file: root, fileName: "fuzzing.yaml")
        else { return }
        for key in keys where !key.isStructured {
            if let found = try? sources.optional(key.name) { value(found) }
        }
        _ = sources.unknownVariables(prefix: "CACHESYNC_")
        _ = try? AccountList.read(sources)
        _ = try? EdgeList.read(sources)
    }

    private static func value(_ value: ConfigurationValue) {
        _ = try? value.int()
        _ = try? value.bool()
        _ = try? value.duration(in: .zero...(.seconds(60)))
        _ = try? value.byteCount()
        _ = value.list()
        _ = try? value.port()
        if let address = try? value.hostPort(defaultPort: 80) {
            precondition(!address.host.isEmpty && (0...65_535).contains(address.port), "a host or port is none")
        }
        _ = try? value.namespacePatterns()
        _ = EdgeAddress(value.text)
    }

    private static func names(file node: YAMLNode) -> Bool {
        switch node {
        case .scalar, .null: false
        case .sequence(let elements, _): elements.contains(where: names)
        case .mapping(let members, _): members.contains { $0.name == "file" || names(file: $0.value) }
        }
    }
}
