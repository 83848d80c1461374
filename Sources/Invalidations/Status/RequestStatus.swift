/// How far a whole request is.
public enum RequestStatus: String, Hashable, Sendable, CaseIterable {
    /// No edge has begun.
    case queued
    case processing
    /// Every edge has acknowledged.
    case completed
    /// Every edge has ended, and not every one of them well.
    case failed

    public var isTerminal: Bool { self == .completed || self == .failed }
}

/// Why a request has failed, or may yet.
public struct StatusError: Hashable, Sendable, CustomStringConvertible {
    /// Nil where the request as a whole is at fault.
    public let edge: String?
    public let failureClass: String
    public let message: String
    public let attempts: UInt32

    public var description: String {
        edge.map { "\($0): \(message)" } ?? message
    }
}

extension StatusRecord {
    public var status: RequestStatus {
        guard let highest = cells.max(by: { $0.state < $1.state }),
            let lowest = cells.min(by: { $0.state < $1.state })
        else { return .failed }
        guard lowest.state.isTerminal else { return highest.state == .queued ? .queued : .processing }
        return lowest.state.isSuccess && !omitsEdges ? .completed : .failed
    }

    public var totalEdges: Int { edges.count }

    /// The edges that have acknowledged, or need not any more.
    public var completedEdges: Int { cells.reduce(0) { $0 + ($1.state.isSuccess ? 1 : 0) } }

    /// The share of the edges that is completed, from 0 to 1.
    public var progress: Double {
        cells.isEmpty ? 0 : Double(completedEdges) / Double(cells.count)
    }

    /// In the order of the edges' names: each edge that ended without success, and each whose last attempt failed.
    public var errors: [StatusError] {
        guard !cells.isEmpty else {
            return [unattributed("unserved", "no edge serves namespace \(namespace)")]
        }
        var errors: [StatusError] = []
        for (edge, cell) in zip(edges, cells) where !cell.state.isSuccess {
            if let failure = failures[edge] {
                errors.append(
                    StatusError(
                        edge: edge, failureClass: failure.failureClass, message: failure.message,
                        attempts: failure.attempts))
            } else if cell.state.isTerminal {
                errors.append(
                    StatusError(
                        edge: edge, failureClass: cell.state.rawValue, message: "ended as \(cell.state.rawValue)",
                        attempts: 0))
            }
        }
        if omitsEdges {
            errors.append(unattributed("overflow", "the request names more than \(Limits.edges) edges"))
        }
        return errors
    }

    private func unattributed(_ failureClass: String, _ message: String) -> StatusError {
        StatusError(edge: nil, failureClass: failureClass, message: message, attempts: 0)
    }
}
