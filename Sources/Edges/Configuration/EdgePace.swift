public import Invalidations

/// When, and how fast, an edge is purged.
public struct EdgePace: Hashable, Sendable {
    public var limits: EdgeLimits
    /// The index of the account that it shares with others, among the accounts of the same configuration.
    public var account: Int?
    /// How long purges wait for others to go with.
    public var linger: Duration
    /// Inner caches have lower numbers than those that fill themselves from them.
    public var layer: Int
    /// The time between the last acknowledgement of the lower layers and the purge of this one.
    public var layerDelay: Duration
    /// After this time the edge is purged once more.
    public var repeatsAfter: Duration?
    /// Edges of this kind that one request is under way at, at the same time; nil for any number.
    public var edgesAtOnce: Int?

    public init(
        limits: EdgeLimits = EdgeLimits(), account: Int? = nil, linger: Duration = .zero, layer: Int = 0,
        layerDelay: Duration = .seconds(1), repeatsAfter: Duration? = nil, edgesAtOnce: Int? = nil
    ) {
        self.limits = limits
        self.account = account
        self.linger = linger
        self.layer = layer
        self.layerDelay = layerDelay
        self.repeatsAfter = repeatsAfter
        self.edgesAtOnce = edgesAtOnce
    }
}
