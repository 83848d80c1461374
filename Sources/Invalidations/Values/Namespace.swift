internal import Basics

/// Namespace: a set of content with its own order, edges and statistics.
public struct Namespace: Hashable, Sendable, CustomStringConvertible {
    public let name: String

    /// Taken where a publisher names none.
    public static let `default` = Namespace(trusted: "default")

    /// - Returns: nil unless the name has 1 to 128 characters of `A-Z a-z 0-9 . _ : -`.
    public init?(_ name: String) {
        guard (1...Limits.namespaceBytes).contains(name.utf8.count), name.utf8.allSatisfy(Self.allows) else {
            return nil
        }
        self.name = name
    }

    private init(trusted name: String) {
        self.name = name
    }

    public var description: String { name }

    private static func allows(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"): true
        default: byte.isASCIIAlphanumeric
        }
    }
}
