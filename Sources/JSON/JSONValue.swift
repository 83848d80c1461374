internal import Foundation

/// One value of a parsed document: a place on simdjson's tape. Valid only inside `JSONParser.parse`.
///
/// The tape's format: https://github.com/simdjson/simdjson/blob/master/doc/tape.md
public struct JSONValue {
    public enum Kind: Sendable {
        case null, bool, integer, unsigned, double, string, array, object

        /// As an error message names it.
        public var name: String {
            switch self {
            case .null: "null"
            case .bool: "a boolean"
            case .integer, .unsigned, .double: "a number"
            case .string: "a string"
            case .array: "an array"
            case .object: "an object"
            }
        }
    }

    let tape: UnsafePointer<UInt64>
    let strings: UnsafePointer<UInt8>
    let index: Int

    private var word: UInt64 { tape[index] }
    private var tag: UInt8 { UInt8(truncatingIfNeeded: word >> 56) }
    private var payload: UInt64 { word & 0x00FF_FFFF_FFFF_FFFF }

    public var kind: Kind {
        switch tag {
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
        case UInt8(ascii: "l"): .integer
        case UInt8(ascii: "u"): .unsigned
        case UInt8(ascii: "d"): .double
        case UInt8(ascii: "\""): .string
        case UInt8(ascii: "["): .array
        case UInt8(ascii: "{"): .object
        default: fatalError("simdjson's tape holds the unknown tag \(tag) at \(index)")
        }
    }

    public var isNull: Bool { tag == UInt8(ascii: "n") }

    public var bool: Bool? {
        switch tag {
        case UInt8(ascii: "t"): true
        case UInt8(ascii: "f"): false
        default: nil
        }
    }

    /// Whole numbers that fit; nil for all else, 1.0 included.
    public var int64: Int64? {
        tag == UInt8(ascii: "l") ? Int64(bitPattern: tape[index + 1]) : nil
    }

    /// Whole numbers that are not negative, up to 64 bits; nil for all else.
    public var uint64: UInt64? {
        tag == UInt8(ascii: "u") ? tape[index + 1] : int64.flatMap { UInt64(exactly: $0) }
    }

    /// Any number.
    public var double: Double? {
        switch kind {
        case .integer: Double(Int64(bitPattern: tape[index + 1]))
        case .unsigned: Double(tape[index + 1])
        case .double: Double(bitPattern: tape[index + 1])
        default: nil
        }
    }

    public var string: String? {
        utf8.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A string's bytes, escapes resolved, valid UTF-8.
    public var utf8: UnsafeBufferPointer<UInt8>? {
        guard tag == UInt8(ascii: "\"") else { return nil }
        let start = strings + Int(payload)
        let length = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return UnsafeBufferPointer(start: start + 4, count: Int(length))
    }

    /// How many elements or members an array or object has (saturated at 0xFFFFFF); 0 for all else.
    public var count: Int {
        switch tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): Int((payload >> 32) & 0xFF_FFFF)
        default: 0
        }
    }

    /// Calls `body` for each element of an array; for nothing if this is no array.
    public func forEachElement(_ body: (JSONValue) throws -> Void) rethrows {
        guard tag == UInt8(ascii: "[") else { return }
        var position = index + 1
        let end = self.end - 1
        while position < end {
            let element = JSONValue(tape: tape, strings: strings, index: position)
            try body(element)
            position = element.end
        }
    }

    /// Calls `body` for each member of an object in document order, repeated names included;
    /// for nothing if this is no object.
    public func forEachMember(_ body: (JSONKey, JSONValue) throws -> Void) rethrows {
        guard tag == UInt8(ascii: "{") else { return }
        var position = index + 1
        let end = self.end - 1
        while position < end {
            let key = JSONValue(tape: tape, strings: strings, index: position)
            let value = JSONValue(tape: tape, strings: strings, index: position + 1)
            try body(JSONKey(utf8: key.utf8 ?? UnsafeBufferPointer(start: nil, count: 0)), value)
            position = value.end
        }
    }

    /// The last member of that name, as most JSON readers take it.
    public subscript(name: StaticString) -> JSONValue? {
        var found: JSONValue?
        forEachMember { key, value in
            if key == name { found = value }
        }
        return found
    }

    /// The same of a name that is not known when the program is built.
    ///
    /// - Parameter name: in UTF-8.
    public func member(_ name: [UInt8]) -> JSONValue? {
        var found: JSONValue?
        forEachMember { key, value in
            if key.utf8.elementsEqual(name) { found = value }
        }
        return found
    }

    /// The place behind this value.
    private var end: Int {
        switch tag {
        case UInt8(ascii: "["), UInt8(ascii: "{"): Int(payload & 0xFFFF_FFFF)
        case UInt8(ascii: "l"), UInt8(ascii: "u"), UInt8(ascii: "d"): index + 2
        default: index + 1
        }
    }
}

/// A member's name, compared without making a `String` of it.
public struct JSONKey {
    /// Valid UTF-8, escapes resolved; readable as long as the document is.
    public let utf8: UnsafeBufferPointer<UInt8>

    public var string: String { String(decoding: utf8, as: UTF8.self) }

    @inlinable
    public static func == (key: JSONKey, name: StaticString) -> Bool {
        // The first byte tells most names of one length apart, without a call.
        key.utf8.count == name.utf8CodeUnitCount
            && (key.utf8.isEmpty || key.utf8[0] == name.utf8Start.pointee) && key.begins(with: name)
    }

    @usableFromInline
    func begins(with name: StaticString) -> Bool {
        guard let start = utf8.baseAddress else { return false }
        return memcmp(start, name.utf8Start, name.utf8CodeUnitCount) == 0
    }

    /// So that a `switch` over a key reads like one over strings.
    @inlinable
    public static func ~= (name: StaticString, key: JSONKey) -> Bool { key == name }
}
