internal import Foundation
internal import TopicCatalogue

/// JSON Schemas of what the gateway takes and answers, by name.
enum Schemas {
    /// The request's is that of the topics, which demands an id.
    static func all() -> [String: Any] {
        var all = object(PackageResources.components_json)
        all["Request"] = request()
        return all
    }

    private static let requestPath = "schemas/invalidation.schema.json"

    private static func request() -> [String: Any] {
        guard let file = TopicCatalogue.schemaFiles.first(where: { $0.path == requestPath }) else { return [:] }
        let text = String(decoding: file.bytes, as: UTF8.self)
            .replacing("\"#/$defs/", with: "\"#/components/schemas/Request/$defs/")
        var schema = object(Array(text.utf8))
        for name in ["$schema", "$id", "required"] { schema[name] = nil }
        return schema
    }

    /// Empty for what is no JSON object; a test looks at what was embedded.
    private static func object(_ bytes: [UInt8]) -> [String: Any] {
        ((try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any]) ?? [:]
    }
}
