internal import HTTP
internal import Invalidations

/// What it means when a call got no answer.
enum TransportFailures {
    static func outcome(of failure: HTTPClientFailure, hint: String? = nil) -> CallOutcome {
        let message = hint.map { "\(failure.message) (\($0))" } ?? failure.message
        switch failure.kind {
        case .connect, .resolve:
            return .failed(PurgeFailure(.transient, message), .edge)
        case .tls:
            return .target(message, reach: .edge)
        case .timeout where failure.mayHaveBeenSent, .cancelled where failure.mayHaveBeenSent,
            .other where failure.mayHaveBeenSent:
            return .failed(PurgeFailure(.unknown, message), .silence)
        case .timeout, .cancelled, .other:
            return .failed(PurgeFailure(.transient, message), .edge)
        case .closedWithoutAnswer:
            return .failed(PurgeFailure(.transient, message), .silence)
        case .tooLarge:
            return .target("\(message): this is not how a purge is answered; is the address right?")
        case .invalidURL:
            return .item(message)
        }
    }
}
