// Reads ranges as a whole, for those who need nothing between two records.
extension LogRangeReader {
    private static let portion = 10_000

    /// Reads ranges from their beginnings to their ends. Where a transaction is open it waits for a while.
    ///
    /// - Parameter patience: how long it waits for the end of a transaction while nothing else comes.
    /// - Parameter body: what it throws ends the reading.
    /// - Returns: what was removed before it was read.
    /// - Throws: as `read`, what `body` throws, and `timedOut` for a transaction that does not end.
    @discardableResult
    public static func readAll(
        _ configuration: KafkaConfiguration, _ ranges: [LogRange], patience: Duration = .seconds(90),
        _ body: (borrowing KafkaRecord) throws -> Void
    ) throws -> [LogRange] {
        let wanted = ranges.filter { !$0.isEmpty }
        guard !wanted.isEmpty else { return [] }
        let reader = try LogRangeReader(configuration, wanted)
        defer { reader.close(deadline: .seconds(1)) }
        var lost: [LogRange] = []
        var isComplete = false
        var lastNews = ContinuousClock.now
        while !isComplete {
            let progress = try reader.readThrowing(max: portion, timeout: .seconds(1), body)
            lost += progress.lost
            isComplete = progress.isComplete
            guard progress.records == 0, let stalled = progress.stalled.first else {
                lastNews = .now
                continue
            }
            guard .now - lastNews < patience else {
                throw KafkaError.timedOut(
                    "a transaction is open at offset \(stalled.offset) of \(stalled.partition), and reading waits for "
                        + "its end: find its producer, or abort it with kafka-transactions.sh")
            }
        }
        return lost
    }

    /// As `read`. Records behind the one that `body` throws at are not handed out.
    public func readThrowing(
        max: Int, timeout: Duration, _ body: (borrowing KafkaRecord) throws -> Void
    ) throws -> LogRangeProgress {
        var failure: (any Error)?
        let progress = try read(max: max, timeout: timeout) { record in
            guard failure == nil else { return }
            do { try body(record) } catch { failure = error }
        }
        if let failure { throw failure }
        return progress
    }
}
