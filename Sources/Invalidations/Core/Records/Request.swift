/// Request: the parts of an open record, one for each edge, and how far each has come.
///
/// It alone changes the stage of a part, so its counts are right: the parts that have not settled, and of those the
/// ones in lanes or with an edge.
package struct Request {
    /// The layer whose parts may be sent. Parts of outer layers are held.
    package enum Layer: Equatable {
        case open(Int)
        /// The inner layers have settled; on the monotonic clock.
        case opening(Int, at: Int64)

        var number: Int {
            switch self {
            case .open(let number), .opening(let number, _): number
            }
        }
    }

    package private(set) var targets: [Target] = []
    /// Parts that have not settled.
    package private(set) var targetsLeft = 0
    /// Of those, the ones in lanes or with an edge.
    package private(set) var active = 0
    package private(set) var layer = Layer.open(0)

    package init(_ targets: [Target] = []) {
        self.targets = targets
        targetsLeft = targets.reduce(0) { $0 + ($1.stage == .settled ? 0 : 1) }
    }

    /// A part. Its stage and state are changed by the functions below.
    package subscript(target: Int) -> Target {
        @inline(__always) _read { yield targets[target] }
        @inline(__always) _modify { yield &targets[target] }
    }

    package var hasWaiting: Bool { targets.contains { $0.stage == .waiting } }
    package var isDeferred: Bool { targets.contains { $0.state == .deferred } }

    // MARK: - The way of a part

    package mutating func enqueue(_ target: Int, bytes: Int32, isHeld: Bool) {
        precondition(targets[target].stage == .waiting, "a part is put into its lane twice")
        targets[target].bytes = bytes
        let shown = targets[target].shown
        targets[target].progress = isHeld ? .held(shown) : .queued(shown)
        active += 1
    }

    /// Another edge has to answer first.
    package mutating func hold(_ target: Int) {
        precondition(targets[target].stage == .queued, "only a part that may be sent is held")
        targets[target].progress = .held(targets[target].shown)
    }

    package mutating func release(_ target: Int) {
        precondition(targets[target].stage == .held, "only a held part is released")
        targets[target].progress = .queued(targets[target].shown)
    }

    package mutating func send(_ target: Int) {
        precondition(targets[target].stage == .queued, "only a part that may be sent is sent")
        targets[target].progress = .sending
    }

    /// The edge failed, and the part is sent again in this retry round.
    package mutating func requeue(_ target: Int) {
        precondition(targets[target].stage == .sending, "only a part that was sent is sent again")
        targets[target].progress = .queued(.tried)
    }

    /// The part leaves its lane and waits for its time.
    package mutating func delay(_ target: Int) {
        precondition(targets[target].stage.isActive, "only a part in work is delayed")
        targets[target].progress = .waiting(.deferred)
        active -= 1
    }

    package mutating func settle(_ target: Int, as settlement: Settlement) {
        let stage = targets[target].stage
        precondition(stage != .settled, "a part settled twice")
        if stage.isActive { active -= 1 }
        targetsLeft -= 1
        precondition(active >= 0 && targetsLeft >= active, "more parts in work than are left")
        targets[target].progress = .settled(Target.Ending(settlement))
        // A part that was deferred keeps the failure that it had, if any.
        if settlement.state.isSuccess { targets[target].failure = nil }
        if case .dead(let failure) = settlement { targets[target].failure = failure }
    }

    /// After an acknowledged purge: the edge is to be purged once more.
    package mutating func planRepeatPurge(edge: Int, name: String) {
        var target = Target(edge: edge, step: .second, name: name)
        target.progress = .settled(.deferred(.repeatPurge))
        targets.append(target)
    }

    // MARK: - Layers

    /// The lowest layer comes first. One that is opening already keeps its time: an inner part has just settled.
    package mutating func openFirstLayer(_ number: Int) {
        switch layer {
        case .open: layer = .open(number)
        case .opening(_, let time): layer = .opening(number, at: time)
        }
    }

    package mutating func openLayer(_ number: Int, at time: Int64) {
        precondition(number > layer.number, "layers open from the inner to the outer ones")
        layer = .opening(number, at: time)
    }

    /// - Returns: whether the next layer is open now, and was not before.
    package mutating func openLayer(ifDueBy now: Int64) -> Bool {
        guard case .opening(let number, let time) = layer, time <= now else { return false }
        layer = .open(number)
        return true
    }

    /// Whether edges of that layer may be sent to.
    package func isLayerOpen(_ number: Int) -> Bool {
        guard case .open(let open) = layer else { return false }
        return number <= open
    }
}

/// Target: one edge's part of a request.
package struct Target {
    /// How far a part is, with what reports show of it until it is sent, or how it ended.
    /// ```
    /// waiting → queued → sending → settled
    ///    ↑         └───────↓ (failed, to be sent again)
    /// ```
    package enum Progress: Equatable {
        case waiting(Shown)
        case held(Shown)
        case queued(Shown)
        case sending
        case settled(Ending)
    }

    /// What a part that is not with its edge has behind it.
    package enum Shown: Equatable {
        case new
        case deferred
        case tried
    }

    /// How a part ended, as far as this retry round goes.
    package enum Ending: Equatable {
        case purged
        case coalesced
        case expired
        case cancelled
        case dead
        /// None of the request's selectors concern the edge.
        case skipped
        case deferred(DeferReason)

        init(_ settlement: Settlement) {
            switch settlement {
            case .purged: self = .purged
            case .coalesced: self = .coalesced
            case .expired: self = .expired
            case .cancelled: self = .cancelled
            case .dead: self = .dead
            case .deferred(let reason): self = .deferred(reason)
            }
        }

        var state: EdgeState {
            switch self {
            case .purged: .purged
            case .coalesced: .absorbed
            case .expired: .expired
            case .cancelled: .cancelled
            case .dead: .dead
            case .skipped: .skipped
            case .deferred: .deferred
            }
        }
    }

    package enum Stage: Equatable {
        /// Its time has not come: its record is delayed, or the edge has no capacity for a retry now.
        case waiting
        /// In its lane, and not to be sent before an inner layer is done, or another edge has answered.
        case held
        /// In its lane.
        case queued
        /// With the edge.
        case sending
        /// `state` says how.
        case settled

        /// Whether the part is in a lane or with the edge.
        package var isActive: Bool {
            switch self {
            case .held, .queued, .sending: true
            case .waiting, .settled: false
            }
        }

        var isInLane: Bool { self == .held || self == .queued }
    }

    /// Its index in the worker's list; nil for an edge that is not configured any more.
    package let edge: Int?
    package let step: PurgeStep
    package let name: String
    package fileprivate(set) var progress = Progress.waiting(.new)
    /// That count, in all retry rounds.
    package var attempts = 0
    package var failure: PurgeFailure?
    /// Objects that the edge says it purged.
    package var objects: Int?
    /// It is in the edge's queue for capacity.
    package var isQueuedForCapacity = false
    /// It starts ahead of its time as soon as it is far enough from an inner cache; a reminder is set.
    package var waitsForLayer = false
    /// In the lane, of its selectors.
    package fileprivate(set) var bytes: Int32 = 0

    package init(edge: Int?, step: PurgeStep, name: String) {
        self.edge = edge
        self.step = step
        self.name = name
    }

    /// The part of an edge that none of the request's selectors concern.
    package static func skipped(edge: Int, name: String) -> Target {
        var target = Target(edge: edge, step: .first, name: name)
        target.progress = .settled(.skipped)
        return target
    }

    /// A part as a retry record tells of it.
    package static func deferred(edge: Int?, _ part: RetryMetadata.Part, lastFailure: PurgeFailure?) -> Target {
        var target = Target(edge: edge, step: part.step, name: part.step.name(of: part.edge))
        target.attempts = part.attempts
        target.failure = lastFailure
        target.progress = .waiting(.deferred)
        return target
    }

    package var stage: Stage {
        switch progress {
        case .waiting: .waiting
        case .held: .held
        case .queued: .queued
        case .sending: .sending
        case .settled: .settled
        }
    }

    fileprivate var shown: Shown {
        switch progress {
        case .waiting(let shown), .held(let shown), .queued(let shown): shown
        case .sending, .settled: .tried
        }
    }

    /// As reports tell it.
    package var state: EdgeState {
        switch progress {
        case .waiting(.new), .held(.new), .queued(.new): .queued
        case .waiting(.deferred), .held(.deferred), .queued(.deferred): .deferred
        case .waiting(.tried), .held(.tried), .queued(.tried), .sending: .sending
        case .settled(let ending): ending.state
        }
    }

    /// Why it was deferred.
    package var deferReason: DeferReason? {
        if case .settled(.deferred(let reason)) = progress { return reason }
        return nil
    }
}
