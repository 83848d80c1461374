internal import Basics

/// A moment of wall-clock time in milliseconds since 1970 (UTC), as messages carry it.
public struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func now() -> Timestamp {
        Timestamp(milliseconds: SystemClocks.wallMilliseconds())
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// The sum, or the nearest representable time.
    public static func + (time: Timestamp, milliseconds: Int64) -> Timestamp {
        let (sum, overflow) = time.milliseconds.addingReportingOverflow(milliseconds)
        guard overflow else { return Timestamp(milliseconds: sum) }
        return Timestamp(milliseconds: milliseconds > 0 ? .max : .min)
    }

    public var description: String { text }
}

// RFC 3339, the text form of every time in our messages.
extension Timestamp {
    /// `2026-11-22T10:00:00.000Z`; times outside of the years 1 to 9999 as the nearest of them.
    public var text: String { RFC3339.text(milliseconds: milliseconds) }

    /// The 24 bytes of `text`.
    public var utf8: [UInt8] { RFC3339.utf8(milliseconds: milliseconds) }

    /// Any RFC 3339 time; digits behind the milliseconds are dropped. Nil for anything else.
    public init?(_ text: String) {
        var text = text
        guard let time = text.withUTF8({ Self.parse($0) }) else { return nil }
        self = time
    }

    static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Timestamp? {
        RFC3339.milliseconds(text).map { Timestamp(milliseconds: $0) }
    }
}
