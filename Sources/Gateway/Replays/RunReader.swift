internal import Invalidations
internal import Replays
internal import Views

/// Reads runs and dead letters from the view.
final class RunReader: Sendable {
    /// What is known of one run.
    enum Finding {
        case run(KnownRun)
        /// It may have been ordered so lately that no view knows it.
        case announced
        case unknown
        case unavailable(String)
    }

    struct KnownRun {
        var run: RunTable.Run
        /// False where only this gateway knows it so far.
        let isInView: Bool
        /// How many of its requests have become dead letters again.
        let deadLetters: Int64
        /// How far each edge is with a replay.
        var edges: [RunEdge] = []
    }

    /// Clocks of gateways and commands are no further apart.
    private static let clockSkew: Int64 = 60_000

    private let readers: SharedSlots<ViewReader>
    let recent = RecentOrders()

    init(readers: SharedSlots<ViewReader>) {
        self.readers = readers
    }

    /// - Throws: `StorageError`
    func read<R: Sendable>(_ body: (ViewReader) throws -> sending R) throws -> R {
        try readers.use { try body($0) }
    }

    /// The time whose records are all in the view; nil where there is no view, or it never was so far.
    var watermark: Timestamp? { (try? read { try $0.watermark() }) ?? nil }

    /// - Parameter grant: of who asks: a run of other namespaces is as if there were none.
    func find(_ id: String, grant: Grant) -> Finding {
        let finding = find(id)
        guard case .run(let known) = finding, !grant.covers(known.run.order?.spec.namespaces) else { return finding }
        return .unknown
    }

    func find(_ id: String) -> Finding {
        do {
            let (known, watermark): (KnownRun?, Timestamp?) = try read { view in
                guard let run = try view.run(id) else { return (nil, try view.watermark()) }
                let known = KnownRun(
                    run: run, isInView: true, deadLetters: try view.deadLetterCount(ofRun: id),
                    edges: try view.edges(ofRun: id))
                return (known, try view.watermark())
            }
            if let run = recent.complete(known?.run, id) {
                guard var known else { return .run(KnownRun(run: run, isInView: false, deadLetters: 0)) }
                known.run = run
                return .run(known)
            }
            // Who reads the view's file sees no run of a time that it has not folded yet.
            guard let time = RequestID(id)?.time, time > watermark ?? Timestamp(milliseconds: 0),
                time < Timestamp.now() + Self.clockSkew
            else { return .unknown }
            return .announced
        } catch {
            guard let run = recent.complete(nil, id) else { return .unavailable("\(error)") }
            return .run(KnownRun(run: run, isInView: false, deadLetters: 0))
        }
    }
}
