/// Share of refused rows of late, which tells wrong rows from a wrong database.
struct DeadShare {
    private let min: Int
    private let window: Duration
    private var start: CacheTime?
    private var dead = 0
    private var written = 0

    init(min: Int, window: Duration) {
        self.min = min
        self.window = window
    }

    mutating func record(dead: Int, written: Int, _ now: CacheTime) {
        if let start, now.since(start) < window {
            self.dead += dead
            self.written += written
        } else {
            (start, self.dead, self.written) = (now, dead, written)
        }
    }

    var isTooLarge: Bool { dead >= min && dead > written }

    mutating func reset() {
        (start, dead, written) = (nil, 0, 0)
    }
}
