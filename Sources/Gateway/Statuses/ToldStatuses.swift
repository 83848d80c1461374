internal import HTTP
internal import Invalidations
internal import Synchronization

/// Documents of the statuses that were told last: one that has not changed is not made anew.
///
/// Each question reads the view all the same. What is kept is told only where the row says the same in every column, so
/// it can say nothing that a new document would not.
final class ToldStatuses: Sendable {
    private final class Told: Sendable {
        /// As the view has it.
        let found: StatusRecord
        /// With the edges that it must reach.
        let record: StatusRecord
        /// Nil while it was not told yet.
        let document: ToldDocument?

        init(found: StatusRecord, record: StatusRecord, document: ToldDocument? = nil) {
            (self.found, self.record, self.document) = (found, record, document)
        }
    }

    private static let countMax = 1_024
    /// Requests of many edges are told anew each time: what is kept must stay small.
    private static let edgesMax = 64
    private static let bytesMax = 8_192

    private let table = Mutex(BoundedTable<RequestID, Told>(capacity: countMax))

    /// The record with the edges that it must reach.
    func completed(_ found: StatusRecord, by targets: TargetEdges) -> StatusRecord {
        // A worker has named them.
        guard !found.isReported else { return found }
        if let told = told(found.id), told.found == found { return told.record }
        let record = targets.complete(found)
        if record.edges.count <= Self.edgesMax { keep(Told(found: found, record: record)) }
        return record
    }

    /// The answer that tells of the record.
    ///
    /// - Parameter document: makes it, where none is kept that says the same.
    func answer(
        _ record: StatusRecord, alsoIn others: [Namespace], asOf: Timestamp?, now: Timestamp = .now(),
        document: () -> [UInt8]
    ) -> HTTPResponse {
        let isSilent = record.isSilent(at: now)
        let known = told(record.id).flatMap { $0.record == record ? $0 : nil }
        if let asOf, let kept = known?.document, kept.others == others, kept.isSilent == isSilent {
            return kept.answer(asOf: asOf)
        }
        let body = document()
        guard record.edges.count <= Self.edgesMax, body.count <= Self.bytesMax,
            let made = ToldDocument(body, others: others, isSilent: isSilent)
        else { return .json(200, body) }
        keep(Told(found: known?.found ?? record, record: record, document: made))
        return .json(200, body).with("ETag", made.tag)
    }

    private func told(_ id: RequestID) -> Told? { table.withLock { $0[id] } }

    private func keep(_ told: Told) { table.withLock { $0.insert(told.record.id, told) } }
}

/// Document of a status, whose time may be replaced: as of when it tells changes many times a second.
private struct ToldDocument: Sendable {
    let others: [Namespace]
    let isSilent: Bool
    let tag: String
    private let body: [UInt8]
    private let time: Range<Int>

    /// Nil for a document that tells no time.
    init?(_ body: [UInt8], others: [Namespace], isSilent: Bool) {
        guard let time = EntityTag.time(in: body) else { return nil }
        (self.others, self.isSilent, self.body, self.time) = (others, isSilent, body, time)
        tag = EntityTag.weak(of: body)
    }

    func answer(asOf: Timestamp) -> HTTPResponse {
        var body = body
        body.replaceSubrange(time, with: asOf.utf8)
        return .json(200, body).with("ETag", tag)
    }
}
