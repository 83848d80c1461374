/// What became of parts that were put off lately, so that of several copies of a deferral one is followed.
///
/// A deferral is stored twice when its acknowledgement is lost, when its worker dies before it has committed, and by an
/// owner that did not know it was replaced. Each copy would go its own way, and be stored twice in its turn: over a long
/// outage they would multiply. So a copy is not followed for a part that has ended, or that this worker has put off
/// again since: whoever put it off is not finished before Kafka has that deferral, and is read again after a crash.
///
/// Holds only while this worker alone reads what it has put off: the times of two workers' deferrals say nothing about
/// their order, so all is forgotten when partitions are revoked. Bounded by two halves: the older one is dropped when
/// the newer one is full, and then a part is purged once more, which harms nobody.
struct RecentDeferrals {
    struct Part: Hashable {
        let origin: RecordPosition
        let edge: Int32
        let step: PurgeStep

        init(_ origin: RecordPosition, edge: Int, _ step: PurgeStep) {
            self.origin = origin
            self.edge = Int32(edge)
            self.step = step
        }
    }

    private enum Fate: Equatable {
        case ended
        /// When it was put off for the last time.
        case putOff(Timestamp)
    }

    private static let halfMax = 16_384
    private var newer: [Part: Fate] = [:]
    private var older: [Part: Fate] = [:]

    /// - Parameter time: nil where somebody else may read the deferral first.
    mutating func putOff(_ part: Part, at time: Timestamp?) {
        guard fate(of: part) != .ended else { return }
        if let time { return set(part, .putOff(time)) }
        newer[part] = nil
        older[part] = nil
    }

    mutating func end(_ part: Part) { set(part, .ended) }

    func isKnown(_ part: Part) -> Bool { fate(of: part) != nil }

    func hasEnded(_ part: Part) -> Bool { fate(of: part) == .ended }

    /// Whether a copy that was put off at that time need not be followed for that part.
    func isDone(_ part: Part, putOffAt time: Timestamp) -> Bool {
        switch fate(of: part) {
        case .ended?: true
        case .putOff(let last)?: time < last
        case nil: false
        }
    }

    private func fate(of part: Part) -> Fate? { newer[part] ?? older[part] }

    private mutating func set(_ part: Part, _ fate: Fate) {
        newer[part] = fate
        guard newer.count >= Self.halfMax else { return }
        older = newer
        newer = [:]
    }
}
