internal import Invalidations

/// Status as the view stores it, apart for requests and for replays. The numbers never change.
struct StatusCode: Hashable {
    /// How far the codes of replays lie behind those of requests.
    private static let replays: Int64 = 4

    let status: RequestStatus
    /// Whether the row is a replay's own, which is in no list and in no count.
    var isReplay = false

    static let all = RequestStatus.allCases.flatMap { status in
        [StatusCode(status: status, isReplay: false), StatusCode(status: status, isReplay: true)]
    }

    /// The codes of what has ended.
    static let ended = Set(all.filter(\.status.isTerminal).map(\.code))

    /// - Returns: nil for a code of replays.
    static func status(of code: Int64) -> RequestStatus? {
        RequestStatus.allCases.first { StatusCode(status: $0).code == code }
    }

    var code: Int64 {
        let code: Int64 =
            switch status {
            case .queued: 0
            case .processing: 1
            case .completed: 2
            case .failed: 3
            }
        return isReplay ? code + Self.replays : code
    }
}

extension StatusRecord {
    var statusCode: StatusCode { StatusCode(status: status, isReplay: run != nil) }
}
