internal import Invalidations

/// How the view stores a status. The numbers never change.
extension RequestStatus {
    var code: Int64 {
        switch self {
        case .queued: 0
        case .processing: 1
        case .completed: 2
        case .failed: 3
        }
    }

    init?(code: Int64) {
        switch code {
        case 0: self = .queued
        case 1: self = .processing
        case 2: self = .completed
        case 3: self = .failed
        default: return nil
        }
    }
}
