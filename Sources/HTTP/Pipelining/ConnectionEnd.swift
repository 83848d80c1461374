/// Why a connection of a pipelined client ended.
enum ConnectionEnd {
    /// The server said so in an answer: what it was sent behind that call it has not acted on (RFC 9112, section 9.6).
    case announced
    /// Without a word.
    case closed
    /// The system's words for a broken connection.
    case broken(String)
    case fault(AnswerFault)
    /// An answer came that no call had asked for.
    case unasked
    /// A call on it has had its time.
    case expired
    case cancelled

    /// The server has acted on none of the calls that it had not answered.
    var isBeforeAction: Bool { if case .announced = self { true } else { false } }

    /// As it looks when a server gives up a connection that was idle, just when it is used.
    var mayBeStale: Bool {
        switch self {
        case .closed, .broken: true
        case .announced, .fault, .unasked, .expired, .cancelled: false
        }
    }

    /// No call goes to another connection.
    var isFinal: Bool { if case .cancelled = self { true } else { false } }

    /// What the first call in line, which may have an answer in part, has come to.
    ///
    /// - Parameters:
    ///   - isNew: nothing has ever come on the connection.
    ///   - isInAnswer: a part of the call's answer has come.
    func firstFailure(isNew: Bool, isInAnswer: Bool) -> HTTPClientFailure {
        switch self {
        case .announced, .closed:
            HTTPClientFailure(
                isNew ? .closedWithoutAnswer : .other,
                isInAnswer ? "the server closed within an answer" : "the server closed without an answer",
                mayHaveBeenSent: true)
        case .broken(let message):
            HTTPClientFailure(isNew ? .closedWithoutAnswer : .other, message, mayHaveBeenSent: true)
        case .fault(let fault):
            HTTPClientFailure(fault == .bodyTooLarge ? .tooLarge : .other, fault.message, mayHaveBeenSent: true)
        case .unasked:
            HTTPClientFailure(.other, "the server answered what nobody had asked", mayHaveBeenSent: true)
        case .expired:
            HTTPClientFailure(.timeout, "no whole answer came in time", mayHaveBeenSent: true)
        case .cancelled:
            HTTPClientFailure(.cancelled, "cancelled", mayHaveBeenSent: true)
        }
    }

    /// What those behind it have come to: they were sent, and nobody knows whether the server acted on them.
    func laterFailure(_ first: HTTPClientFailure) -> HTTPClientFailure {
        if case .cancelled = self { return first }
        return HTTPClientFailure(.other, "sent behind a call that failed: \(first.message)", mayHaveBeenSent: true)
    }
}
