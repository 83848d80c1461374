/// Why the bytes of a server are no answer that others may follow.
///
/// After any of these nobody knows where the next answer begins, so the connection ends.
package enum AnswerFault: Error, Equatable, CaseIterable {
    case notHTTP
    /// 100 and above, below 200: another answer would follow to the same call.
    case interim
    case headerTooLong
    case malformedHeader
    /// Lengths that contradict each other, or another transfer coding than chunked.
    case framing
    /// Without a length: it would end with the connection.
    case unframed
    case bodyTooLarge

    var message: String {
        switch self {
        case .notHTTP: "what came is not HTTP/1.1"
        case .interim: "an interim answer came, which calls in a pipeline do not ask for"
        case .headerTooLong: "the answer's header is too long"
        case .malformedHeader: "the answer's header is malformed"
        case .framing: "the answer's length is ambiguous"
        case .unframed: "the answer has no length"
        case .bodyTooLarge: "the answer's body is longer than the request allowed"
        }
    }
}
