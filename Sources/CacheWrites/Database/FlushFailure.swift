public import Storage

/// What follows when the database does not take a batch.
public enum FlushFailure: Hashable, Sendable {
    /// It is away, busy or full: the whole batch waits, and is tried again soon.
    case waits
    /// Some row is wrong by itself: halves of the batch are tried until it stands alone.
    case poison
    /// No row is at fault and time mends nothing, such as a missing table: the batch waits until people have looked.
    case stops

    /// By error of the database. In doubt everything waits: an outage must never make dead letters.
    public init(_ error: StorageError) {
        switch error {
        // A server that is away cannot be told from one that lets nobody in.
        case .busy, .full, .inputOutput, .locked, .readOnly, .cannotOpen: self = .waits
        case .constraint: self = .poison
        case .corrupt, .newerSchema: self = .stops
        case .other(let code, _): self = Self.class(ofState: code)
        }
    }

    /// By SQLSTATE, for those that have no case of their own.
    private static func `class`(ofState state: String) -> FlushFailure {
        switch state {
        // An index row that is too large; other limits that one row reaches.
        case "54000", "54001", "54011", "54023": .poison
        // A table or object is being changed or used by somebody.
        case "55000", "55006": .waits
        default:
            switch state.prefix(2) {
            // Data, triggered change, check option, cardinality, a trigger's own refusal or a function's.
            case "22", "23", "27", "44", "21", "P0", "38", "39": .poison
            // Connection, transaction state, rollback, resources, intervention, the system around it.
            case "08", "25", "40", "53", "57", "58": .waits
            // A missing table or column, a missing right, what the server cannot do, and all that is unknown.
            default: .stops
            }
        }
    }
}
