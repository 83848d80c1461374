/// Why a request cannot be taken: which field, and what it must be.
public struct InvalidationError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// No JSON object at all.
        case malformed
        /// A known field holds what it must not.
        case invalidField(String)
        /// Neither tags nor urls, prefixes or everything, and no earlier request to cancel.
        case nothingSelected
    }

    public let reason: Reason
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { message }
}
