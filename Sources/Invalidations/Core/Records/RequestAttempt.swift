/// Request attempt: one try of a whole request, as its status tells it apart.
package struct RequestAttempt: Hashable, Sendable {
    /// Of the status: the request's own, or that of a replayed copy.
    package let id: RequestID
    /// 0 is the publisher's own try; each redrive is the next one.
    package let generation: UInt32

    package init(_ id: RequestID, generation: UInt32 = 0) {
        self.id = id
        self.generation = generation
    }

    package init(_ id: RequestID, _ replay: Replay?) {
        self.init(replay?.statusID ?? id, generation: replay?.generation ?? 0)
    }
}
