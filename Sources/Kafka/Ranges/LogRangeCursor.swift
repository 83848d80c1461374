/// How far the range of one partition has been read.
///
/// Offsets are never counted: control records, aborted transactions and compaction leave gaps. A range ends when a
/// record or the partition's end is seen at `end` or behind it.
package struct LogRangeCursor: Sendable {
    package enum State: Hashable, Sendable {
        /// Records come, or will.
        case reading
        /// The watermarks must be looked at before reading goes on; `isAssigned` says whether Kafka still reads.
        case unclear(isAssigned: Bool)
        /// Kafka hands out nothing more while a transaction is open, since this time in milliseconds since 1970.
        case stalled(since: Int64)
        case ended
    }

    /// What a look at the watermarks came to.
    package enum Finding: Hashable, Sendable {
        /// Reading goes on, from `next`; `lost` was removed before it was read.
        case read(lost: LogRange?)
        case stalled
        /// The partition holds fewer offsets than it did: it is another log.
        case wentBack
    }

    package let range: LogRange
    /// The next offset to be handed out: all below it are done.
    package private(set) var next: Int64
    package private(set) var state = State.unclear(isAssigned: false)
    private var lowest: Int64 = 0

    package init(_ range: LogRange) {
        self.range = range
        next = range.start
        if range.isEmpty { state = .ended }
    }

    package var hasEnded: Bool { state == .ended }
    package var isUnclear: Bool {
        if case .unclear = state { true } else { false }
    }

    /// - Returns: whether the record at this offset belongs to the range and is new.
    package mutating func accepts(_ offset: Int64) -> Bool {
        guard !hasEnded, offset >= next else { return false }
        let isWithin = offset < range.end
        advance(to: isWithin ? offset + 1 : range.end)
        return isWithin
    }

    /// Kafka has nothing to hand out at `position` and behind.
    package mutating func reachEnd(at position: Int64) {
        guard !hasEnded else { return }
        // Told once more after the partition was assigned once more.
        if case .stalled = state, position <= next { return }
        advance(to: max(next, position))
        // The range was frozen below the partition's high watermark: something else ends the partition here.
        if !hasEnded { state = .unclear(isAssigned: true) }
    }

    /// Kafka has stopped reading: it does not hold the offset.
    package mutating func leaveRange() {
        if !hasEnded { state = .unclear(isAssigned: false) }
    }

    /// - Parameter now: milliseconds since 1970.
    package mutating func compare(with watermarks: Watermarks, now: Int64) -> Finding {
        guard case .unclear(let isAssigned) = state else { return .read(lost: nil) }
        guard watermarks.low >= lowest, watermarks.high >= range.end else { return .wentBack }
        lowest = watermarks.low
        guard watermarks.low <= next else {
            let lost = LogRange(range.partition, from: next, to: min(watermarks.low, range.end))
            advance(to: lost.end)
            return .read(lost: lost)
        }
        guard isAssigned else {
            state = .reading
            return .read(lost: nil)
        }
        state = .stalled(since: now)
        return .stalled
    }

    private mutating func advance(to offset: Int64) {
        next = min(offset, range.end)
        state = next == range.end ? .ended : .reading
    }
}
