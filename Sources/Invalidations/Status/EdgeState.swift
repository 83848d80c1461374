public enum EdgeState: String, Hashable, Sendable, CaseIterable {
    case queued, sending, deferred, cancelled, expired, dead, absorbed, accepted, purged, verified
}

extension EdgeState { public var isTerminal: Bool { self != .queued && self != .sending && self != .deferred } }
