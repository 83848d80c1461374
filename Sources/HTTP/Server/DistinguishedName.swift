internal import Basics

/// Distinguished name: attributes of a certificate's holder, as RFC 4514 writes them.
///
/// Two are the same when they have the same attributes in the same order: what only holds a name is another.
public struct DistinguishedName: Hashable, Sendable, CustomStringConvertible {
    struct Attribute: Hashable, Sendable {
        /// Object identifier, such as `2.5.4.3` for a common name.
        let type: String
        /// In UTF-8.
        let value: [UInt8]
    }

    static let attributesMax = 64
    static let bytesMax = 4_096

    /// As the text has them, which is the other way round in the certificate. What a plus sign joins has no order.
    let parts: [Set<Attribute>]

    init(parts: [Set<Attribute>]) {
        self.parts = parts
    }

    /// - Returns: nil for what is no such name, or names nothing.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        var reader = Reader(rest: Array(text.utf8)[...])
        guard let parts = reader.parts(), parts.reduce(0, { $0 + $1.count }) <= Self.attributesMax else { return nil }
        self.init(parts: parts)
    }

    /// Printable ASCII, whatever is in the name.
    public var description: String {
        let shown = parts.map { part in
            part.map { attribute in
                let name = Self.types.first { $0.value == attribute.type }?.key ?? attribute.type
                return "\(name)=\(Self.escaped(attribute.value))"
            }.sorted().joined(separator: "+")
        }
        return shown.joined(separator: ",")
    }

    /// Names of attributes that everybody uses; others are written as numbers.
    private static let types = [
        "CN": "2.5.4.3", "SERIALNUMBER": "2.5.4.5", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
        "STREET": "2.5.4.9", "O": "2.5.4.10", "OU": "2.5.4.11", "TITLE": "2.5.4.12",
        "UID": "0.9.2342.19200300.100.1.1", "DC": "0.9.2342.19200300.100.1.25", "EMAILADDRESS": "1.2.840.113549.1.9.1",
    ]

    fileprivate static func type(named name: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: name, as: UTF8.self).uppercased()
        if let type = types[text] { return type }
        let number = text.hasPrefix("OID.") ? text.dropFirst(4) : text[...]
        let arcs = number.split(separator: ".", omittingEmptySubsequences: false)
        let isNumber = arcs.count >= 2 && arcs.allSatisfy { arc in !arc.isEmpty && arc.utf8.allSatisfy(\.isASCIIDigit) }
        return isNumber ? String(number) : nil
    }

    private static func escaped(_ value: [UInt8]) -> String {
        var bytes: [UInt8] = []
        for (index, byte) in value.enumerated() {
            let isOuter = index == 0 || index == value.count - 1
            if byte < 0x20 || byte >= 0x7F {
                bytes.append(UInt8(ascii: "\\"))
                Hexadecimal.append(byte, to: &bytes)
            } else if Reader.special.contains(byte) || (isOuter && (byte == 0x20 || byte == UInt8(ascii: "#"))) {
                bytes += [UInt8(ascii: "\\"), byte]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Reads such a name, byte by byte.
private struct Reader {
    static let special = Array(#",+"\<>;="#.utf8)

    var rest: ArraySlice<UInt8>

    mutating func parts() -> [Set<DistinguishedName.Attribute>]? {
        var parts: [Set<DistinguishedName.Attribute>] = []
        var joined: Set<DistinguishedName.Attribute> = []
        while true {
            // The same attribute twice would be one in the set.
            guard let attribute = attribute(), joined.insert(attribute).inserted else { return nil }
            let separator = rest.popFirst()
            if separator == UInt8(ascii: "+") { continue }
            parts.append(joined)
            joined = []
            if separator == nil { return parts }
            guard separator == UInt8(ascii: ",") else { return nil }
        }
    }

    private mutating func attribute() -> DistinguishedName.Attribute? {
        rest = rest.drop { $0 == 0x20 }
        guard let end = rest.firstIndex(of: UInt8(ascii: "=")),
            let type = DistinguishedName.type(named: rest[..<end])
        else { return nil }
        rest = rest[(end + 1)...]
        guard let value = value(), !value.isEmpty else { return nil }
        return DistinguishedName.Attribute(type: type, value: value)
    }

    /// Up to the next comma or plus sign. Blanks around it do not count, unless they are escaped.
    private mutating func value() -> [UInt8]? {
        rest = rest.drop { $0 == 0x20 }
        // A value in hexadecimal (`#0403…`) is of a kind that can't be compared.
        guard rest.first != UInt8(ascii: "#") else { return nil }
        var value: [UInt8] = []
        var count = 0
        while let byte = rest.first, byte != UInt8(ascii: ","), byte != UInt8(ascii: "+") {
            rest = rest.dropFirst()
            if byte == UInt8(ascii: "\\") {
                guard let escaped = escaped() else { return nil }
                value.append(escaped)
                count = value.count
            } else {
                guard !Self.special.contains(byte) || byte == UInt8(ascii: "="), byte >= 0x20, byte != 0x7F
                else { return nil }
                value.append(byte)
                if byte != 0x20 { count = value.count }
            }
        }
        return Array(value.prefix(count))
    }

    private mutating func escaped() -> UInt8? {
        guard let first = rest.popFirst() else { return nil }
        if Self.special.contains(first) || first == 0x20 || first == UInt8(ascii: "#") { return first }
        guard let high = Hexadecimal.value(of: first), let second = rest.popFirst(),
            let low = Hexadecimal.value(of: second)
        else { return nil }
        return high << 4 | low
    }
}
