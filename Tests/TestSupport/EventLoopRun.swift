public import Runtime

// Runs an event loop until a condition holds.
extension EventLoop {
    /// Runs until a handler stops the loop; throws `EventuallyTimeout` when none did within `deadline`.
    /// (A time limit of the test can't end a loop that blocks its thread.)
    public func run(within deadline: Duration) throws {
        var isLate = false
        let guardian = try timer { [unowned self] in
            isLate = true
            stop()
        }
        guardian.schedule(after: deadline)
        run()
        guardian.cancel()
        if isLate { throw EventuallyTimeout(description: "the loop was not stopped within \(deadline)") }
    }
}
