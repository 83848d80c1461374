internal import Basics
internal import Invalidations

/// Simulated time, in nanoseconds since the run began. It passes only from event to event.
typealias SimulatedTime = Int64

extension Int64 {
    static let millisecond: Int64 = 1_000_000
    static let second: Int64 = 1_000_000_000
    static let minute: Int64 = 60 * .second
    static let hour: Int64 = 60 * .minute
}

enum Calendar {
    /// What the true wall clock shows when a run begins.
    private static let begin = Timestamp(milliseconds: 1_795_341_600_000)

    /// The wall clock at that time, off by so many milliseconds.
    static func wall(_ time: SimulatedTime, offset milliseconds: Int64 = 0) -> Timestamp {
        begin + (time / .millisecond + milliseconds)
    }

    /// When the true wall clock shows that.
    static func time(of wall: Timestamp) -> SimulatedTime {
        (wall.milliseconds - begin.milliseconds) * .millisecond
    }

    /// `01:02:03.004`, hours first.
    static func text(_ time: SimulatedTime) -> String {
        let milliseconds = time / .millisecond
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return
            "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2)).\(padded(rest, 3))"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String { PaddedNumber.text(number, width: width) }
}
