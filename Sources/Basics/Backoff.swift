/// Growing pauses between tries of something that has to work in the end.
public struct Backoff: Sendable {
    private let first: Duration
    private let longest: Duration
    private var pause: Duration

    public init(first: Duration, longest: Duration) {
        (self.first, self.longest) = (first, longest)
        pause = first
    }

    /// Each pause is twice the one before, up to the longest.
    public mutating func next() -> Duration {
        defer { pause = min(pause * 2, longest) }
        return pause
    }

    public mutating func reset() {
        pause = first
    }
}
