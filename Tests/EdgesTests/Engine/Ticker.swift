import Runtime

/// Calls a body every few milliseconds of a loop's time.
final class Ticker {
    private var timer: LoopTimer?

    init(_ loop: EventLoop, _ body: @escaping () -> Void) throws {
        timer = try loop.timer { [unowned self] in
            body()
            timer?.schedule(after: .milliseconds(5))
        }
        timer?.schedule(after: .milliseconds(5))
    }

    func stop() { timer?.cancel() }
}
