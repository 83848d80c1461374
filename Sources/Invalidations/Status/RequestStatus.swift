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

    public init(edge: String?, failureClass: String, message: String, attempts: UInt32) {
        self.edge = edge
        self.failureClass = failureClass
        self.message = message
        self.attempts = attempts
    }

    public var description: String {
        edge.map { "\($0): \(message)" } ?? message
    }
}

extension StatusRecord {
    public var status: RequestStatus {
        guard isReported else { return .queued }
        if failure != nil { return .failed }
        guard let lowest = cells.min(by: { $0.state < $1.state }) else { return .failed }
        guard lowest.state.isTerminal else {
            // Who need not be asked has not begun either.
            return cells.allSatisfy { $0.state == .queued || $0.state == .skipped } ? .queued : .processing
        }
        return lowest.state.isSuccess && !omitsEdges ? .completed : .failed
    }

    /// Why the request has failed as a whole; nil if it has not, or if a later generation is on its way.
    public var failure: RequestFailure? {
        guard let wholeFailure, cells.allSatisfy({ $0.generation <= wholeFailure.generation }) else { return nil }
        return wholeFailure.failure
    }

    public var totalEdges: Int { edges.count }

    /// The edges that have acknowledged, or need not any more.
    public var completedEdges: Int { cells.reduce(0) { $0 + ($1.state.isSuccess ? 1 : 0) } }

    /// Of those, the ones that say that they held nothing to purge.
    public var absentEdges: Int { cells.reduce(0) { $0 + ($1.outcome == .absent ? 1 : 0) } }

    /// Of those, the ones that were not asked.
    public var skippedEdges: Int { cells.reduce(0) { $0 + ($1.outcome == .skipped ? 1 : 0) } }

    /// Objects purged, as far as edges say; nil where none does.
    public var objects: UInt64? {
        cells.reduce(nil) { sum, cell in cell.objects.map { UInt64($0) + (sum ?? 0) } ?? sum }
    }

    /// How long an open request goes without news before that is told, in milliseconds: longer than the longest pause
    /// between two attempts.
    public static let silenceMax: Int64 = 86_400_000

    /// Whether it has not ended, and nothing was heard of it for long.
    public func isSilent(at now: Timestamp) -> Bool {
        updatedAt + Self.silenceMax < now && !status.isTerminal
    }

    /// The share of the edges that is completed, from 0 to 1.
    public var progress: Double {
        cells.isEmpty ? 0 : Double(completedEdges) / Double(cells.count)
    }

    /// What failed the request as a whole, then in the order of the edges' names each edge that ended without success,
    /// and each whose last attempt failed.
    public var errors: [StatusError] {
        guard isReported else { return [] }
        var errors: [StatusError] = []
        if let failure {
            errors.append(unattributed(failure.failureClass, failure.message))
        } else if cells.isEmpty {
            errors.append(unattributed("unserved", "no edge serves namespace \(namespace)"))
        }
        for (edge, cell) in zip(edges, cells) where !cell.state.isSuccess {
            if let failure = failures[edge] {
                guard !failure.isWaiting else { continue }
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
