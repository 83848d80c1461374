/// Recent retries: the fate of parts that were deferred lately. Of several copies of a retry record one is followed.
///
/// A retry record is stored twice when its acknowledgement is lost, when its worker dies before it has committed, and
/// by an owner that did not know it was replaced. Each copy would go its own way, and be stored twice in its turn: over
/// a long outage they would multiply. So a copy is not followed for a part that has ended, or that this worker has
/// deferred again since: the record that was deferred is not finished before Kafka has the new copy, and is read again
/// after a crash.
///
/// Holds only while this worker alone reads what it has deferred: the times of two workers' retry records say nothing
/// about their order, so all is forgotten when partitions are revoked. Of a part that is forgotten because there is no
/// capacity every copy is followed, which harms nobody.
struct RecentRetries {
    struct Part: Hashable {
        let origin: RecordPosition
        /// A topic that was made anew uses its offsets again: the origin alone does not tell requests apart.
        let id: RequestID
        /// A redrive begins anew: that an earlier try has ended says nothing about it.
        let generation: UInt32
        let edge: Int32
        let step: PurgeStep

        init(_ origin: RecordPosition, _ attempt: RequestAttempt, edge: Int, _ step: PurgeStep) {
            self.origin = origin
            id = attempt.id
            generation = attempt.generation
            self.edge = Int32(edge)
            self.step = step
        }
    }

    private enum Fate: Equatable {
        case ended
        /// When it was deferred for the last time.
        case deferred(Timestamp)
    }

    private var fates = RecentMap<Part, Fate>(halfMax: 16_384)

    /// - Parameter time: nil where another worker may read the retry record first.
    mutating func recordRetry(_ part: Part, at time: Timestamp?) {
        guard fates[part] != .ended else { return }
        if let time { fates.set(.deferred(time), for: part) } else { fates.remove(part) }
    }

    mutating func end(_ part: Part) { fates.set(.ended, for: part) }

    func isKnown(_ part: Part) -> Bool { fates[part] != nil }

    func hasEnded(_ part: Part) -> Bool { fates[part] == .ended }

    /// Whether a copy that was deferred at that time need not be followed for that part.
    func isDone(_ part: Part, deferredAt time: Timestamp) -> Bool {
        switch fates[part] {
        case .ended?: true
        case .deferred(let last)?: time < last
        case nil: false
        }
    }
}
