internal import Invalidations

/// Sample of a run's latest records: whether most of them end well.
struct OutcomeSample {
    enum Judgement: Equatable {
        /// Too few of them have ended.
        case open
        case good
        case bad(failed: Int, of: Int)
    }

    private struct Entry {
        let identity: RequestIdentity
        let generation: UInt32
    }

    private static let most = 100
    private static let least = 10
    private var entries: [Entry] = []
    private var next = 0

    mutating func add(_ identity: RequestIdentity?, generation: UInt32) {
        guard let identity else { return }
        let entry = Entry(identity: identity, generation: generation)
        if entries.count < Self.most {
            entries.append(entry)
        } else {
            entries[next] = entry
            next = (next + 1) % Self.most
        }
    }

    /// - Parameter isWhole: whether all of them have been worked off, so that few are enough.
    func judge(by outcomes: any RunOutcomes, isWhole: Bool) throws -> Judgement {
        var failed = 0
        var ended = 0
        for entry in entries {
            guard let record = try outcomes.record(entry.identity) else { continue }
            let cells = record.cells.filter { $0.generation == entry.generation }
            let hasFailed =
                record.wholeFailure?.generation == entry.generation
                || cells.contains { $0.state == .dead || $0.state == .deferred }
            if hasFailed { failed += 1 }
            if hasFailed || (!cells.isEmpty && cells.allSatisfy(\.state.isTerminal)) { ended += 1 }
        }
        guard ended >= min(Self.least, max(1, entries.count)) || isWhole && ended == entries.count else { return .open }
        return failed * 2 > ended ? .bad(failed: failed, of: ended) : .good
    }
}
