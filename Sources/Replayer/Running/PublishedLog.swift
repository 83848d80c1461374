/// Published log: what a run has handed over of one source partition, and what Kafka has stored of it.
///
/// The replay topic is the checkpoint. A run that is taken over looks there for its own records from `target` on, and
/// reads its source again from `next` on without those: so nothing is published twice, and nothing is left out.
package struct PublishedLog {
    /// All source offsets below are read, and what the run took of them is stored.
    package private(set) var next: Int64
    /// From here on the replay topic holds all of the run's records from `next` on.
    private var target: Int64
    /// Source offsets that are handed over and not stored.
    private var waiting: Set<Int64> = []
    /// Records that earlier owners have published from `next` on: their offsets on the replay topic.
    private var known: [Int64: Int64]

    /// - Parameter known: the run's records on the replay topic from `target` on: their offsets by those of the source.
    package init(next: Int64, target: Int64, known: [Int64: Int64] = [:]) {
        (self.next, self.target) = (next, target)
        self.known = known.filter { $0.key >= next }
    }

    /// Whether the record was published by an earlier owner.
    package func isKnown(_ offset: Int64) -> Bool { known[offset] != nil }

    var knownCount: Int { known.count }

    /// Behind the run's last record on the replay topic, as far as is known.
    var end: Int64 { max(target, known.values.max().map { $0 + 1 } ?? target) }

    package mutating func publish(_ offset: Int64) { waiting.insert(offset) }

    /// Kafka has stored the record of that source offset; it stores a partition's records in order.
    package mutating func store(_ offset: Int64, at position: Int64) {
        waiting.remove(offset)
        target = max(target, position + 1)
        advance(to: offset + 1)
    }

    /// From where another owner must read the source and the replay topic.
    ///
    /// - Parameter position: the next offset that has not been read here.
    package mutating func checkpoint(position: Int64) -> (next: Int64, target: Int64) {
        if waiting.isEmpty { advance(to: position) }
        return (next, known.values.min().map { min($0, target) } ?? target)
    }

    private mutating func advance(to offset: Int64) {
        next = max(next, offset)
        if !known.isEmpty { known = known.filter { $0.key >= next } }
    }
}
