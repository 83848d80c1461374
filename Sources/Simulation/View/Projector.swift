internal import Invalidations

/// Folds progress into the rows of a view, as the real projector does, but in memory.
struct Projector {
    private(set) var rows: [RequestIdentity: StatusRecord] = [:]

    mutating func fold(_ progress: Progress) {
        rows[progress.identity] = StatusFold.apply(progress, to: rows[progress.identity])
    }

    /// What a worker's report looks like on the progress topic.
    static func progress(_ report: RequestReport, source: String) -> Progress {
        Progress(
            id: report.id, namespace: report.namespace, requestedAt: report.requestedAt, at: report.at,
            source: source,
            origin: Progress.Origin(
                topic: "invalidations.\(report.origin.source.topic)", partition: report.origin.source.partition,
                offset: report.origin.offset),
            edges: report.edges.map { edge in
                Progress.Edge(
                    edge.name, edge.state,
                    failure: edge.failure.map {
                        EdgeFailure(
                            failureClass: $0.failureClass.rawValue, message: $0.message,
                            attempts: UInt32(edge.attempts))
                    }, objects: edge.objects.map { UInt32(clamping: $0) })
            }, failure: report.failure)
    }
}
