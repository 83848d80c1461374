/// A CloudEvent in its binary form: attributes in headers, and data as the value.
///
/// See https://github.com/cloudevents/spec, bindings/kafka-protocol-binding.md of version 1.0.2.
enum BinaryEvent {
    /// The header that tells such an event.
    static let version = "ce_specversion"
    private static let prefix = "ce_"
    private static let contentType = "content-type"

    static func check(version: String?) throws(MappingRefusal) {
        guard version == "1.0" else {
            throw MappingRefusal("specversion must be \"1.0\", the CloudEvents that are read here")
        }
    }

    /// By their names without the prefix; the content type as `datacontenttype`.
    static func attributes(_ event: ForeignEvent) -> [String: String] {
        var attributes: [String: String] = [:]
        for header in event.headers {
            let name = header.name.lowercased()
            guard name.hasPrefix(prefix) || name == contentType else { continue }
            guard let text = header.value.flatMap({ String(validating: $0, as: UTF8.self) }) else { continue }
            let attribute = name == contentType ? "datacontenttype" : String(name.dropFirst(prefix.count))
            if attributes[attribute] == nil { attributes[attribute] = text }
        }
        return attributes
    }

    /// Whether data of that type is read; one that does not say is.
    static func isJSON(_ contentType: String?) -> Bool {
        guard let type = contentType?.prefix(while: { $0 != ";" && $0 != " " }).lowercased() else { return true }
        return type == "application/json" || type == "text/json" || type.hasSuffix("+json")
    }
}
