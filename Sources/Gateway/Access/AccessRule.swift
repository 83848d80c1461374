internal import HTTP

/// Access rule: which tokens open which of the gateway's calls.
struct AccessRule: Sendable {
    enum Scope {
        /// For everybody: health and metrics.
        case open
        /// For publishers, and for operators.
        case publish
        /// For operators alone: dead letters and runs are of all publishers.
        case operate
    }

    private let publishers: BearerTokens
    private let operators: BearerTokens

    /// - Parameters:
    ///   - tokens: of publishers; without any, everybody may publish.
    ///   - operatorTokens: without any, the operators' calls are as open as the publishers', or closed to all.
    init(tokens: [String], operatorTokens: [String]) {
        operators = BearerTokens(operatorTokens)
        publishers = BearerTokens(BearerTokens(tokens).isEmpty ? [] : tokens + operatorTokens)
    }

    /// - Parameter authorization: the header's value, nil where the request has none.
    /// - Returns: nil for a request that may go on.
    func refusal(of scope: Scope, _ authorization: String?) -> HTTPResponse? {
        switch scope {
        case .open: return nil
        case .publish: return publishers.admit(authorization) ? nil : Problems.unauthorised
        case .operate:
            if operators.isEmpty ? publishers.isEmpty : operators.admit(authorization) { return nil }
            // A publisher is told what is missing; a stranger learns nothing.
            guard !publishers.isEmpty, publishers.admit(authorization) else { return Problems.unauthorised }
            return operators.isEmpty ? Problems.noOperatorToken : Problems.notOperator
        }
    }
}
