/// Published log: what a run has handed over of one source partition, and what Kafka has stored of it.
///
/// The replay topic is the checkpoint. A run that is taken over looks there for its own records from `target` on, and
/// reads its source again from `next` on without those: so nothing is published twice, and nothing is left out.
struct PublishedLog {
    /// Where the source was begun, and where the replay topic stood then.
    private var stored: (next: Int64, target: Int64)
    /// Source offsets that are handed over and not stored, in order.
    private var waiting = Set<Int64>()
    /// Records that an earlier owner published behind `next`.
    private var known: Set<Int64>

    init(next: Int64, target: Int64, known: Set<Int64> = []) {
        stored = (next, target)
        self.known = known
    }

    /// Whether the record was published by an earlier owner.
    func isKnown(_ offset: Int64) -> Bool { known.contains(offset) }

    var knownCount: Int { known.count }

    /// From where the source is read.
    var firstUnread: Int64 { stored.next }

    mutating func publish(_ offset: Int64) { waiting.insert(offset) }

    /// Kafka has stored the record of that source offset; it stores a partition's records in order.
    mutating func store(_ offset: Int64, at target: Int64) {
        waiting.remove(offset)
        stored = (max(stored.next, offset + 1), max(stored.target, target + 1))
        if !known.isEmpty { known = known.filter { $0 >= stored.next } }
    }

    /// From where another owner must read the source and the replay topic.
    ///
    /// - Parameter position: the next offset that has not been read here.
    mutating func checkpoint(position: Int64) -> (next: Int64, target: Int64) {
        if waiting.isEmpty {
            stored.next = max(stored.next, position)
            known = known.filter { $0 >= stored.next }
        }
        return stored
    }
}
