/// Growing pauses between tries of something that has to work in the end.
struct Backoff {
    private static let first = Duration.milliseconds(100)
    private static let longest = Duration.seconds(10)
    private var pause = Backoff.first

    mutating func next() -> Duration {
        defer { pause = min(pause * 2, Self.longest) }
        return pause
    }

    mutating func reset() {
        pause = Self.first
    }
}
