internal import Basics

/// A moment of a clock that the caller reads: nanoseconds, bounded instead of overflowing.
public struct CacheTime: Hashable, Comparable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than every other moment.
    public static let never = CacheTime(nanoseconds: .max)

    public static func < (a: CacheTime, b: CacheTime) -> Bool { a.nanoseconds < b.nanoseconds }

    public static func + (time: CacheTime, duration: Duration) -> CacheTime {
        let (sum, isOver) = time.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return CacheTime(nanoseconds: isOver ? (duration < .zero ? .min : .max) : sum)
    }

    /// How long after the other moment; zero where it comes before that one, since clocks can go back.
    public func since(_ other: CacheTime) -> Duration {
        let (difference, isOver) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        return .nanoseconds(self <= other ? 0 : isOver ? .max : difference)
    }
}
