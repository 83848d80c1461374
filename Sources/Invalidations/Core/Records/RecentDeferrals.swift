/// What became of parts that were put off lately, so that of several copies of a deferral one is enough.
///
/// A deferral is stored twice when its acknowledgement is lost, and by an owner that did not know it was replaced.
/// Each copy would go its own way, and be stored twice in its turn: over a long outage they would multiply. So a copy
/// is not followed when the part has ended, or stands in a later deferral that Kafka has acknowledged. Bounded by two
/// halves: the older one is dropped when the newer one is full, and then a part is purged once more, which harms nobody.
///
/// Holds only as long as this worker alone reads what it has put off: the times of two workers' deferrals say nothing
/// about their order, so all is forgotten when partitions are revoked.
struct RecentDeferrals {
    private struct Part: Hashable {
        let origin: RecordPosition
        let edge: Int32
        let step: PurgeStep
    }

    private enum Fate {
        case ended
        /// It stands in a deferral of that time.
        case stored(Timestamp)
    }

    private static let halfMax = 16_384
    private var newer: [Part: Fate] = [:]
    private var older: [Part: Fate] = [:]

    /// A deferral of it is on its way: until that is stored nothing is known of the part.
    mutating func sent(_ origin: RecordPosition, edge: Int, _ step: PurgeStep) {
        let part = Part(origin: origin, edge: Int32(edge), step: step)
        for known in [newer[part], older[part]] {
            if case .ended? = known { return }
        }
        newer[part] = nil
        older[part] = nil
    }

    mutating func stored(_ origin: RecordPosition, edge: Int, _ step: PurgeStep, at time: Timestamp) {
        let part = Part(origin: origin, edge: Int32(edge), step: step)
        switch newer[part] ?? older[part] {
        case .ended?: return
        case .stored(let other)? where other > time: return
        case .stored?, nil: set(part, .stored(time))
        }
    }

    mutating func ended(_ origin: RecordPosition, edge: Int, _ step: PurgeStep) {
        set(Part(origin: origin, edge: Int32(edge), step: step), .ended)
    }

    func hasEnded(_ origin: RecordPosition, edge: Int, _ step: PurgeStep) -> Bool {
        let part = Part(origin: origin, edge: Int32(edge), step: step)
        if case .ended? = newer[part] ?? older[part] { return true }
        return false
    }

    /// Whether a copy that was put off at that time need not be followed for that part.
    func isDone(_ origin: RecordPosition, edge: Int, _ step: PurgeStep, deferredAt time: Timestamp) -> Bool {
        let part = Part(origin: origin, edge: Int32(edge), step: step)
        return switch newer[part] ?? older[part] {
        case .ended?: true
        case .stored(let later)?: time < later
        case nil: false
        }
    }

    private mutating func set(_ part: Part, _ fate: Fate) {
        newer[part] = fate
        guard newer.count >= Self.halfMax else { return }
        older = newer
        newer = [:]
    }
}
