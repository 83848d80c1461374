/// How far a `PUT` reaches.
public enum PutScope: String, CaseIterable, Sendable {
    /// The nodes of the cache that answer.
    case cache
    /// Every edge, and every node, by the log.
    case edges
}
