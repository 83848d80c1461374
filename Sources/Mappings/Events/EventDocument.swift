internal import Invalidations
internal import JSON

/// One event as templates see it: its fields by path. Valid while its JSON is.
struct EventDocument {
    /// Of one path, and of all texts of one template.
    static let valuesMax = Limits.tags

    /// Fields that stand beside the JSON: the attributes of a CloudEvent in its binary form.
    var attributes: [String: String] = [:]
    /// What paths begin at; nil where all there is are attributes.
    var root: JSONValue?
    /// What `data` stands for where it is a document of its own.
    var data: JSONValue?
    /// Where `row` leads: a row as it was, and as it is.
    var rows: [JSONValue] = []

    /// What stands at a path.
    enum Value {
        /// A string, a whole number or a truth value.
        case text(String)
        case other(kind: String)

        /// As a message names it.
        var kindName: String {
            switch self {
            case .text: "a text"
            case .other(let kind): kind
            }
        }
    }

    /// The different values at a path, in the order of the document. A list on the way, or at the end, stands for its
    /// elements; what is absent or null gives none.
    func values(at path: FieldPath) throws(MappingRefusal) -> [Value] {
        var collector = ValueCollector(path)
        do {
            try collect(path, into: &collector)
        } catch let refusal as MappingRefusal {
            throw refusal
        } catch {
            throw MappingRefusal("\(path): \(error)")
        }
        return collector.values
    }

    private func collect(_ path: FieldPath, into collector: inout ValueCollector) throws {
        let (first, others) = (path.names[0], path.names[1...])
        if first == Self.row, !others.isEmpty, !rows.isEmpty {
            for row in rows { try collector.add(row, others) }
        } else if first == Self.data, let data {
            try collector.add(data, others)
        } else if others.isEmpty, let attribute = attributes[path.description] {
            try collector.add(.text(attribute))
        } else if let root {
            try collector.add(root, path.names[...])
        }
    }

    private static let row = Array("row".utf8)
    private static let data = Array("data".utf8)
}

/// Collects the values at one path, within bounds.
private struct ValueCollector {
    private let path: FieldPath
    private(set) var values: [EventDocument.Value] = []
    private var texts: Set<String> = []

    init(_ path: FieldPath) {
        self.path = path
    }

    mutating func add(_ value: JSONValue, _ names: ArraySlice<[UInt8]>) throws {
        switch value.kind {
        case .null: return
        case .array: try value.forEachElement { try add($0, names) }
        case .object:
            guard let name = names.first else { return try add(.other(kind: "an object")) }
            if let member = value.member(name) { try add(member, names.dropFirst()) }
        case .bool, .integer, .unsigned, .double, .string:
            // A single value on the way has no fields.
            guard names.isEmpty else { return }
            try add(Self.value(of: value))
        }
    }

    mutating func add(_ value: EventDocument.Value) throws {
        if case .text(let text) = value {
            guard text.utf8.count <= Limits.urlBytes else {
                throw MappingRefusal("\(path) holds a text of more than \(Limits.urlBytes) bytes")
            }
            guard texts.insert(text).inserted else { return }
        }
        guard values.count < EventDocument.valuesMax else {
            throw MappingRefusal("\(path) holds more than \(EventDocument.valuesMax) values")
        }
        values.append(value)
    }

    private static func value(of json: JSONValue) -> EventDocument.Value {
        if let string = json.string { return .text(string) }
        if let number = json.int64 { return .text("\(number)") }
        if let number = json.uint64 { return .text("\(number)") }
        if let truth = json.bool { return .text("\(truth)") }
        // How its publisher writes it elsewhere is not known: 1.50 may be 1.5.
        return .other(kind: "a number that is no whole one of 64 bits")
    }
}
