import JSON

/// A list for standard output: one JSON array, an element a line.
struct JSONList {
    private var elements: [[UInt8]] = []

    mutating func add(_ write: (inout JSONWriter) throws -> Void) rethrows {
        var writer = JSONWriter()
        try write(&writer)
        elements.append(writer.bytes)
    }

    /// An object of these members, in order.
    mutating func addObject(_ write: (inout JSONWriter) throws -> Void) rethrows {
        try add { writer in
            writer.beginObject()
            try write(&writer)
            writer.endObject()
        }
    }

    var bytes: [UInt8] {
        var bytes: [UInt8] = Array("[".utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += Array(",\n ".utf8) }
            bytes += element
        }
        return bytes + Array("]".utf8)
    }

    func show() {
        Output.json(bytes)
    }
}

extension JSONWriter {
    /// Writes a value as it was read.
    mutating func copy(_ value: JSONValue) {
        switch value.kind {
        case .null: null()
        case .bool: bool(value.bool ?? false)
        case .integer: integer(value.int64 ?? 0)
        case .unsigned, .double: double(value.double ?? 0)
        case .string: string(value.string ?? "")
        case .array:
            beginArray()
            value.forEachElement { copy($0) }
            endArray()
        case .object:
            beginObject()
            value.forEachMember { name, member in
                key(name.string)
                copy(member)
            }
            endObject()
        }
    }
}
