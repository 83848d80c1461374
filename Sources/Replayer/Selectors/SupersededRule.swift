internal import Basics
internal import Invalidations
internal import Kafka
internal import Views

/// Superseded rule: what later requests of the log have purged since, so that an earlier one need not be replayed.
///
/// It knows of each selector the newest request that names it. An earlier one is superseded where all of its selectors
/// are named by later ones, as hard or harder, which all of its edges have. What it does not hold is not superseded.
struct SupersededRule {
    private struct Key: Hashable {
        let namespace: Namespace
        let mode: PurgeMode
        let selector: Selector
    }

    private struct Occurrence {
        let time: Int64
        let topic: String
        let offset: Int64
        let id: RequestID

        /// Records of two topics are ordered by their times alone.
        func isLater(than time: Int64, _ topic: String, _ offset: Int64) -> Bool {
            self.topic == topic ? self.offset > offset : self.time > time
        }
    }

    private static let keysMax = SelectorUnion.selectorsMax
    private static let bytesMax = SelectorUnion.bytesMax

    private var newest: [Key: Occurrence] = [:]
    private var bytes = 0

    /// Takes a record of the log up, in whatever order those of several partitions come.
    mutating func add(_ invalidation: Invalidation, _ record: borrowing KafkaRecord) {
        let occurrence = Occurrence(
            time: record.timestamp ?? 0, topic: record.partition.topic, offset: record.offset, id: invalidation.id)
        invalidation.selectors.forEach { selector in
            let key = Key(namespace: invalidation.namespace, mode: invalidation.mode, selector: selector)
            if let known = newest[key] {
                if occurrence.isLater(than: known.time, known.topic, known.offset) { newest[key] = occurrence }
                return
            }
            guard newest.count < Self.keysMax, bytes < Self.bytesMax else { return }
            bytes += selector.text.utf8.count + 128
            newest[key] = occurrence
        }
    }

    /// - Parameter edges: names of the edges that the earlier request would be replayed for.
    /// - Throws: `StorageError`
    func supersedes(
        _ invalidation: Invalidation, _ record: borrowing KafkaRecord, edges: [String], _ view: ViewReader
    ) throws -> Bool {
        guard !edges.isEmpty else { return false }
        let (time, topic, offset) = (record.timestamp ?? 0, record.partition.topic, record.offset)
        // Purges for a later request may have started before the time that this one waits for.
        let earliest = invalidation.notBefore?.milliseconds ?? .min
        var later: Set<RequestID> = []
        let namespace = invalidation.namespace
        func find(_ selector: Selector) -> Bool {
            let modes: [PurgeMode] = invalidation.mode == .hard ? [.hard] : [.hard, .soft]
            for mode in modes {
                let key = Key(namespace: namespace, mode: mode, selector: selector)
                guard let occurrence = newest[key], occurrence.isLater(than: time, topic, offset),
                    occurrence.time > earliest
                else { continue }
                later.insert(occurrence.id)
                return true
            }
            return false
        }
        if !find(.everything) {
            var isAll = true
            invalidation.selectors.forEach { isAll = isAll && find($0) }
            guard isAll else { return false }
        }
        return try later.allSatisfy { try Self.hasEnded($0, namespace, edges, view) }
    }

    private static func hasEnded(
        _ id: RequestID, _ namespace: Namespace, _ edges: [String], _ view: ViewReader
    ) throws -> Bool {
        guard case .found(let record, _) = try view.lookup(id, in: namespace) else { return false }
        return edges.allSatisfy { edge in
            switch record.cell(of: edge)?.state {
            case .absorbed, .purged, .verified: true
            default: false
            }
        }
    }
}
