internal import Invalidations

/// What checkers see of a run, as it happens. What a worker does is seen before it has any effect.
enum Observation {
    /// A record of an invalidation or retry topic was stored.
    case stored(LogRecord)
    case deadLetterStored(DeadLetter)
    case reportStored(RequestReport)
    case assigned(SimulatedWorker, [AssignedPartition])
    case revoked(SimulatedWorker)
    /// A record is handed to a worker's core.
    case begun(SimulatedWorker, LogRecord)
    /// Its core has looked at it, and has it in work now or not.
    case taken(SimulatedWorker, LogRecord, isOpened: Bool)
    case purge(SentBatch)
    /// A batch ended, and the worker is about to hear of it.
    case answered(SentBatch)
    case writeRetry(SimulatedWorker, DeliveryNumber, RetryRecord)
    case writeDeadLetter(SimulatedWorker, DeadLetter)
    case report(SimulatedWorker, RequestReport)
    case commit(SimulatedWorker, SourcePartition, CommitPoint, isTaken: Bool)
    case alert(SimulatedWorker, WorkerAlert)
    /// The end of a partition was lost: its place among all of them.
    case rolledBack(Int)
    /// A worker has done all that followed from one event.
    case handled(SimulatedWorker)
    /// A run hands a record over.
    case runPublishes(RunRecord)
    /// It stands on the replay topic.
    case runStored(RunRecord, LogRecord)
    case runEnded(SimulatedRun)
    /// A process is gone.
    case gone(SimulatedWorker)
    /// Everything has ended, or nothing will any more.
    case over
}
