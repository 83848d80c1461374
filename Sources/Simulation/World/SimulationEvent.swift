internal import Invalidations
internal import Kafka
internal import Replays

/// What the world does next, in the queue of a run.
enum SimulationEvent {
    /// A publisher says it: the publication's number.
    case publish(Int)
    /// It reaches the broker. Without an acknowledgement the publisher will say it again.
    case publishArrives(Int, isAcknowledged: Bool)
    /// The worker reads what there is.
    case turn(SimulatedWorker)
    /// A timer of its loop goes off, unless it was set to another time since.
    case timer(SimulatedWorker, SimulatedTimer, number: Int)
    case reachesEdge(SentBatch)
    case answered(SentBatch)
    /// Markers reach an edge, and their answers the worker.
    case checkReachesEdge(Int, SimulatedWorker)
    case checkAnswered(Int, SimulatedWorker, EdgeCheck)
    case reachesBroker(ProducedRecord)
    case delivered(ProducedRecord)
    /// Its consumer has something to say.
    case told(SimulatedWorker, ConsumerEvent)
    /// The cluster answers its observer.
    case clusterAnswers(SimulatedWorker)
    case startWorker
    /// A member hears of the rebalance and gives up what it has.
    case giveUp(SimulatedWorker)
    case assign(SimulatedWorker, generation: Int, partitions: [Int])
    /// The group notices that a member is dead.
    case sessionEnds(SimulatedWorker)
    /// A worker notices that it is no member any more.
    case noticesFence(SimulatedWorker)
    case drainDeadline(SimulatedWorker)
    case fault(PlannedFault)
    /// A run writes what is to be purged once more.
    case replay(Int)
    /// Somebody orders a run, or changes its order.
    case orderRun(RunPlan)
    case runChange(SimulatedRun, RunOrder.Wanted)
    /// Its owner's turn.
    case runStep(SimulatedRun, owner: Int)
    case runRecordArrives(RunRecord)
    case runnerDies(SimulatedRun, isLate: Bool)
    case takeOverRun(SimulatedRun)
    case lookAfterRun(SimulatedRun)
    case faultWindow(edge: Int, begins: Bool, Trouble)
    case chaosEnds
    /// Is everything done?
    case look
}
