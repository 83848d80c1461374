/// Turns bounds into offsets, from what the cluster has said of a partition.
package struct LogRangeResolution: Hashable, Sendable {
    /// Read before the offsets below: what is written meanwhile lies behind the range.
    package var watermarks: Watermarks
    /// The first offset at the time of `from`; nil when no record is so young, or it is no time.
    package var fromOffset: Int64?
    /// The same for `until`.
    package var untilOffset: Int64?
    /// The oldest record's own time; nil when there is no record, or none with a time.
    package var firstTime: Int64?

    package init(
        watermarks: Watermarks, fromOffset: Int64? = nil, untilOffset: Int64? = nil, firstTime: Int64? = nil
    ) {
        self.watermarks = watermarks
        self.fromOffset = fromOffset
        self.untilOffset = untilOffset
        self.firstTime = firstTime
    }

    package func resolve(_ bounds: LogBounds, of partition: TopicPartition) -> ResolvedRange {
        let start = offset(of: bounds.from, found: fromOffset)
        let end = max(start, offset(of: bounds.until, found: untilOffset))
        return ResolvedRange(
            range: LogRange(partition, from: start, to: end), watermarks: watermarks, missing: missing(bounds))
    }

    /// Within the watermarks.
    private func offset(of bound: LogBound, found: Int64?) -> Int64 {
        let wanted =
            switch bound {
            case .beginning: watermarks.low
            case .end: watermarks.high
            case .time: found ?? watermarks.high
            case .offset(let offset): offset
            }
        return min(max(wanted, watermarks.low), watermarks.high)
    }

    private func missing(_ bounds: LogBounds) -> MissingRecords? {
        // Nothing has been removed.
        guard watermarks.low > 0 else { return nil }
        switch bounds.from {
        case .beginning, .end: return nil
        case .offset(let from):
            var end = watermarks.low
            if case .offset(let until) = bounds.until { end = min(end, until) }
            let from = max(0, from)
            return from < end ? .offsets(from..<end) : nil
        case .time(let from):
            var until = Int64.max
            if case .time(let time) = bounds.until { until = time }
            guard from < until else { return nil }
            guard let firstTime else { return .unknown }
            return from <= firstTime ? .times(from..<min(firstTime, until)) : nil
        }
    }
}
