/// Why an order, a plan or a run cannot be.
public enum RunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An order says what cannot be followed.
    case invalid(String)
    case cannotChange(from: String, to: String)
    /// Other dead letters match by now than the caller has seen.
    case countDiffers(expected: Int, found: Int)
    /// The log does not hold what is asked for any more.
    case notReachable(String)

    public var description: String {
        switch self {
        case .invalid(let text): text
        case .cannotChange(let from, let to): "a run that is \(from) cannot become \(to)"
        case .countDiffers(let expected, let found):
            "\(found) dead letters match, not \(expected): look again, and send the new count along"
        case .notReachable(let text): text
        }
    }
}
