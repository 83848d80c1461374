internal import Invalidations

/// A batch on its way to an edge and back.
final class SentBatch {
    let worker: SimulatedWorker
    let number: PurgeNumber
    let edge: Int
    let batch: PurgeBatch
    let sentAt: SimulatedTime
    /// When it reached the edge.
    var startedAt: SimulatedTime = -1
    var outcome = PurgeOutcome.acknowledged
    /// How long the edge asks to be left alone although nothing failed.
    var rest: Duration?

    init(worker: SimulatedWorker, number: PurgeNumber, edge: Int, batch: PurgeBatch, sentAt: SimulatedTime) {
        self.worker = worker
        self.number = number
        self.edge = edge
        self.batch = batch
        self.sentAt = sentAt
    }
}
