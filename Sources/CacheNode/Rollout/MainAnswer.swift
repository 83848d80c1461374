internal import HTTP

/// What an answer of the main API says of a thing.
struct MainAnswer {
    /// Fields of the main API that its client gets.
    private static let fields = ["ETag", "Last-Modified", "Cache-Control", "Cache-Groups", "Vary"]
    /// Why the API refuses a write for its own sake.
    private static let refusals = [400, 404, 405, 409, 410, 412, 413, 415, 422, 428]

    private let result: HTTPClientResult

    init(_ result: HTTPClientResult) {
        self.result = result
    }

    /// The value, or that there is none; nil where the API fails.
    var value: [UInt8]?? {
        guard case .response(let response) = result else { return nil }
        switch response.status {
        case 200: return .some(response.body)
        case 404, 410: return .some(nil)
        default: return nil
        }
    }

    func response(to request: HTTPRequest) -> HTTPResponse {
        let refusal: CallRefusal
        switch result {
        case .response(let response) where response.status == 200:
            var answer = HTTPResponse.json(200, response.body)
            for name in Self.fields {
                if let value = response.header.list(name) { answer = answer.with(name, value) }
            }
            return answer.with(CacheStatus.name, CacheStatus.main(200))
        case .response(let response) where [404, 410].contains(response.status):
            refusal = CallRefusal(
                404, CallRefusal.missing.words, headers: [(CacheStatus.name, CacheStatus.main(response.status))])
        case .response(let response):
            refusal = CallRefusal(
                502, "The main API answered \(response.status)",
                headers: [("Retry-After", "1"), (CacheStatus.name, CacheStatus.main(response.status))])
        case .failure(let failure):
            refusal = CallRefusal(
                502, "The main API does not answer: \(failure.message)",
                headers: [("Retry-After", "1"), (CacheStatus.name, CacheStatus.main(nil))])
        }
        return refusal.response(to: request)
    }

    /// What became of a write.
    private enum WriteOutcome {
        case done(status: Int)
        case refused(status: Int)
        /// The API may have carried it out, or may still.
        case doubtful(status: Int)
        case failed(HTTPClientFailure)
    }

    private var writeOutcome: WriteOutcome {
        switch result {
        case .response(let response) where (200..<300).contains(response.status): .done(status: response.status)
        case .response(let response) where Self.refusals.contains(response.status): .refused(status: response.status)
        case .response(let response): .doubtful(status: response.status)
        case .failure(let failure): .failed(failure)
        }
    }

    /// Whether the API may still carry out the write, or has done so.
    var isWriteDoubtful: Bool {
        switch writeOutcome {
        case .done, .refused: false
        case .doubtful: true
        case .failed(let failure): failure.mayHaveBeenSent
        }
    }

    func response(toWrite request: HTTPRequest) -> HTTPResponse {
        let refusal: CallRefusal
        switch writeOutcome {
        case .done(let status):
            return HTTPResponse.json(200, Array(#"{"success":true}"#.utf8))
                .with("Cache-Control", "no-store").with(CacheStatus.name, CacheStatus.main(status))
        case .refused(let status):
            refusal = CallRefusal(
                status, "The main API refused the write with \(status)",
                headers: [(CacheStatus.name, CacheStatus.main(status))])
        case .doubtful(let status):
            refusal = CallRefusal(
                502, "The main API answered the write with \(status): it is not known whether it is stored",
                headers: [("Retry-After", "1"), (CacheStatus.name, CacheStatus.main(status))])
        case .failed(let failure):
            let outcome = failure.mayHaveBeenSent ? "it is not known whether it is stored" : "it is not stored"
            refusal = CallRefusal(
                502, "The main API does not answer the write, and \(outcome): \(failure.message)",
                headers: [("Retry-After", "1"), (CacheStatus.name, CacheStatus.main(nil))])
        }
        return refusal.response(to: request)
    }
}
