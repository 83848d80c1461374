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
    /// Which request was refused, where that could be read: then its status can say so. Nil where the JSON is
    /// malformed, where the id is missing, and where id or namespace is what is wrong.
    public var identity: RequestIdentity?

    public init(_ reason: Reason, _ message: String, identity: RequestIdentity? = nil) {
        self.reason = reason
        self.message = message
        self.identity = identity
    }

    public var description: String { message }
}
