internal import Invalidations
internal import Kafka
internal import Replays

/// Run in the simulated world: what its control records say, who owns it, and what of it stands in the log.
final class SimulatedRun {
    let number: Int
    let id: String
    /// The newest order and the state that was stored last.
    var table = RunTable()
    /// Nil while it is paused by itself, after a death, and once it is over.
    var owner: RunOwner?
    /// How many owners there have been.
    var owners = 0
    /// What of it stands on the replay topic, by what it stands for; the copies of owners that were replaced left out.
    var stored: [RunOrigin: RecordPosition] = [:]
    /// The number of the request that each record was when it was read last.
    var requests: [RunOrigin: Int] = [:]
    /// Records that were read and not published, for reasons of their own.
    var passedOver: Set<RunOrigin> = []
    /// The version of the order with which it was last told to be paused.
    var toldPause: UInt32?
    /// An owner that was replaced has written, too.
    var hasCopies = false

    init(_ number: Int) {
        self.number = number
        id = "run-\(number)"
    }

    var order: RunOrder? { table.runs[id]?.order }
    var state: RunState? { table.runs[id]?.state }
    var isOver: Bool { state?.phase.isOver ?? false }

    func store(_ state: RunState) { table.fold(.state(id, state)) }

    func store(_ order: RunOrder) { table.fold(.order(id, order)) }
}

/// Process that owns a run, with all that it has under way.
final class RunOwner {
    let number: Int
    let run: ActiveRun
    let target: SimulatedRunTarget
    var nextCheckpoint: SimulatedTime = 0

    init(number: Int, run: ActiveRun, target: SimulatedRunTarget) {
        self.number = number
        self.run = run
        self.target = target
    }
}

/// Record of a run on its way to the broker.
final class RunRecord {
    enum Fate {
        case stored
        /// Stored, and its owner is told that it was not.
        case storedUnsaid
        case lost
    }

    let run: SimulatedRun
    let ownerNumber: Int
    let target: SimulatedRunTarget
    let publication: RunPublication
    /// What it was read as: the log may be another one when this arrives.
    let request: Int?
    let token: UInt64
    var fate = Fate.stored

    init(
        _ run: SimulatedRun, ownerNumber: Int, _ target: SimulatedRunTarget, _ publication: RunPublication,
        token: UInt64
    ) {
        self.run = run
        self.ownerNumber = ownerNumber
        self.target = target
        self.publication = publication
        request = run.requests[publication.origin]
        self.token = token
    }
}
