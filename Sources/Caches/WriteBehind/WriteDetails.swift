public import Invalidations

/// What the record of a write says besides key and value; a dead letter says it once more.
public struct WriteDetails: Hashable, Sendable {
    public let writtenAt: Timestamp
    public let condition: VersionCondition?
    /// Under which the client sends the same write once more; 1 to 255 printable ASCII characters.
    public let idempotencyKey: String?
    /// By which a repetition is known to any later owner of the key; nil without such a key.
    public let fingerprint: WriteFingerprint?

    public init(
        writtenAt: Timestamp, condition: VersionCondition? = nil, idempotencyKey: String? = nil,
        fingerprint: WriteFingerprint? = nil
    ) {
        self.writtenAt = writtenAt
        self.condition = condition
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
    }
}

/// What must hold of a key for its write to count. All who read the log decide alike.
public enum VersionCondition: Hashable, Sendable {
    /// The newest write of the key is this one.
    case version(LogVersion)
    /// There is no value.
    case absent
}
