internal import Runtime

/// How many calls go to one server at a time, and over how many connections.
public struct PipelineConfiguration: Sendable {
    public var connectionsMax = 64
    /// Calls on one connection that have no answer yet; at least one.
    public var depth = Self.depthDefault
    /// For looking up the name and for TCP.
    public var connectTimeout = Duration.seconds(5)
    public var userAgent = "cachesync/\(ProgramVersion.text)"

    public static let depthDefault = 16

    public init() {}
}
