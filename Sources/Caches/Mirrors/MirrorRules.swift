/// Which keys of other nodes a node of a namespace mirrors, and for how long.
public struct MirrorRules: Hashable, Sendable {
    /// A mirror may be behind its owner for this long.
    public static let timeMax = Duration.seconds(1)

    /// Counts from the moment when the owner is asked.
    public var time = Self.timeMax
    /// Reads of a key in a second, above which it is mirrored.
    public var above = 10

    public init() {}
}
