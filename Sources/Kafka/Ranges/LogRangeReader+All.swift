// Reads ranges as a whole, for those who need nothing between two records.
extension LogRangeReader {
    private static let portion = 10_000

    /// Reads ranges from their beginnings to their ends. Where a transaction is open it waits until that has ended.
    ///
    /// - Parameter body: what it throws ends the reading.
    /// - Returns: what was removed before it was read.
    /// - Throws: as `read`, and what `body` throws.
    @discardableResult
    public static func readAll(
        _ configuration: KafkaConfiguration, _ ranges: [LogRange], _ body: (borrowing KafkaRecord) throws -> Void
    ) throws -> [LogRange] {
        let wanted = ranges.filter { !$0.isEmpty }
        guard !wanted.isEmpty else { return [] }
        let reader = try LogRangeReader(configuration, wanted)
        defer { reader.close(deadline: .seconds(1)) }
        var lost: [LogRange] = []
        var isComplete = false
        while !isComplete {
            let progress = try reader.readThrowing(max: portion, timeout: .seconds(1), body)
            lost += progress.lost
            isComplete = progress.isComplete
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
