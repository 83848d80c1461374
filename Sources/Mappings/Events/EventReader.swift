internal import Foundation
internal import Invalidations
internal import JSON

/// Reads one event's bytes into a document of fields, by its format.
final class EventReader {
    /// The brokers' default limit of a record, and a little more.
    static let bytesMax = 1 << 20
    /// The schema that stands beside a Debezium row describes types within types.
    static let depthMax = 64

    private let parser = JSONParser(bytesMax: bytesMax, depthMax: depthMax)
    /// A document within a document: the parser reads one at a time.
    private let inner = JSONParser(bytesMax: bytesMax, depthMax: depthMax)

    /// Calls `body` with the event.
    ///
    /// - Returns: what `body` returns; nil for an event that says nothing.
    /// - Throws: `MappingRefusal`, and what `body` throws.
    func read<R>(
        _ event: ForeignEvent, _ format: EventFormat, _ body: (EventDocument) throws -> R
    ) throws -> R? {
        if format == .cloudEvents, event.header(BinaryEvent.version) != nil {
            return try readBinary(event, body)
        }
        // A tombstone: Kafka's compaction needs it, and nobody else.
        guard let value = event.value else { return nil }
        return try parse(value, with: parser) { root in
            guard root.kind == .object else {
                throw MappingRefusal("the value must be a JSON object, not \(root.kind.name)")
            }
            switch format {
            case .json: return try body(EventDocument(root: root))
            case .resourceChange: return try readResourceChange(root, body)
            case .debezium: return try readRowChange(root, body)
            case .cloudEvents: return try readStructured(root, body)
            }
        }
    }

    private func readResourceChange<R>(_ root: JSONValue, _ body: (EventDocument) throws -> R) throws -> R? {
        guard let meta = root["meta"], meta.kind == .object else {
            throw MappingRefusal("the event has no object meta, as resource changes have")
        }
        // Wikimedia sends such events through every topic each hour, to see that it moves.
        guard meta["domain"]?.string != "canary" else { return nil }
        return try body(EventDocument(root: root))
    }

    private func readRowChange<R>(_ root: JSONValue, _ body: (EventDocument) throws -> R) throws -> R? {
        var root = root
        if let payload = root["payload"], root["schema"] != nil {
            // A tombstone that the converter has put into its envelope.
            guard !payload.isNull else { return nil }
            root = payload
        }
        guard root.kind == .object, root["op"]?.string != nil else {
            throw MappingRefusal("the event has no op, as Debezium's row changes have")
        }
        let rows = [root["before"], root["after"]].compactMap { $0 }.filter { $0.kind == .object }
        return try body(EventDocument(root: root, rows: rows))
    }

    private func readStructured<R>(_ root: JSONValue, _ body: (EventDocument) throws -> R) throws -> R? {
        try BinaryEvent.check(version: root["specversion"]?.string)
        guard let encoded = root["data_base64"], !encoded.isNull else { return try body(EventDocument(root: root)) }
        guard let bytes = encoded.string.flatMap({ Data(base64Encoded: $0) }) else {
            throw MappingRefusal("data_base64 is not Base64")
        }
        return try Array(bytes).withUnsafeBytes { bytes in
            try parse(bytes, with: inner) { try body(EventDocument(root: root, data: $0)) }
        }
    }

    private func readBinary<R>(_ event: ForeignEvent, _ body: (EventDocument) throws -> R) throws -> R? {
        try BinaryEvent.check(version: event.header(BinaryEvent.version))
        let attributes = BinaryEvent.attributes(event)
        guard let value = event.value, !value.isEmpty, BinaryEvent.isJSON(attributes["datacontenttype"]) else {
            return try body(EventDocument(attributes: attributes))
        }
        return try parse(value, with: parser) { try body(EventDocument(attributes: attributes, data: $0)) }
    }

    private func parse<R>(
        _ bytes: UnsafeRawBufferPointer, with parser: JSONParser, _ body: (JSONValue) throws -> R
    ) throws -> R {
        do {
            return try parser.parse(RegistryFrame.content(of: bytes), body)
        } catch let error as JSONError {
            throw MappingRefusal("the value is not valid JSON: \(error)")
        }
    }
}
