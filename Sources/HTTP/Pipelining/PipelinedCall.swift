internal import Runtime

/// One call of a pipelined client, until it has a result.
struct PipelinedCall {
    let token: UInt64
    let request: HTTPClientRequest
    let deadline: MonotonicTime
    /// Where its bytes begin among all that its connection was given.
    var begin = 0
    /// It was sent once on a connection that turned out to be closed.
    var isRepeated = false
}

/// Calls in the order they are to be answered.
struct CallQueue {
    private var calls: [PipelinedCall] = []
    private var head = 0

    var isEmpty: Bool { head == calls.count }
    var count: Int { calls.count - head }

    /// Of the first, what an answer is read by. Calls are large, so it is asked for without copying one.
    ///
    /// - Precondition: not empty.
    var firstToken: UInt64 { calls[head].token }
    var firstBegin: Int { calls[head].begin }
    var firstIsHead: Bool { calls[head].request.method == "HEAD" }
    var firstBodyBytesMax: Int { calls[head].request.responseBytesMax }
    var firstKeepsHeader: Bool { calls[head].request.keepsHeader }

    mutating func append(_ call: PipelinedCall) {
        // What has left is moved out once it is the greater part: each call is moved once at most, on average.
        if head > 32, head * 2 > calls.count {
            calls.removeFirst(head)
            head = 0
        }
        calls.append(call)
    }

    mutating func popFirst() -> PipelinedCall? {
        guard !isEmpty else { return nil }
        let call = calls[head]
        removeFirst()
        return call
    }

    /// - Precondition: not empty.
    mutating func removeFirst() {
        head += 1
        guard isEmpty else { return }
        calls.removeAll(keepingCapacity: true)
        head = 0
    }

    /// All of them; the queue is empty then.
    mutating func removeAll() -> ArraySlice<PipelinedCall> {
        defer { (calls, head) = ([], 0) }
        return calls[head...]
    }

    /// In front of the others, in their order.
    mutating func prepend(_ earlier: [PipelinedCall]) {
        calls.replaceSubrange(..<head, with: earlier)
        head = 0
    }

    /// - Returns: those that have expired, which are no longer here.
    mutating func removeExpired(by now: MonotonicTime) -> [PipelinedCall] {
        let all = removeAll()
        calls = all.filter { $0.deadline > now }
        return all.filter { $0.deadline <= now }
    }

    var earliestDeadline: MonotonicTime? { calls[head...].lazy.map(\.deadline).min() }
}
