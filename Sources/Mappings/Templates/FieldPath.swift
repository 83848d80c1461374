/// Path of a field in an event: names with dots between them, such as `after.id`.
public struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    static let namesMax = 16
    static let bytesMax = 256

    /// The names in UTF-8, at least one.
    let names: [[UInt8]]
    public let description: String

    /// - Returns: nil for a path that is empty, too long, or has an empty name, a brace or a control character.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax, text.utf8.allSatisfy(Self.allows) else { return nil }
        names = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map(Array.init)
        guard names.count <= Self.namesMax, names.allSatisfy({ !$0.isEmpty }) else { return nil }
        description = text
    }

    private static func allows(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != 0x7F && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "}")
    }
}
