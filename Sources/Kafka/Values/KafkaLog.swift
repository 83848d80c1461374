/// A line of the client library's log.
public struct KafkaLog: Hashable, Sendable {
    /// As in syslog: 3 is an error, 4 a warning, 6 information, 7 debugging.
    public let level: Int
    /// A short word such as `FAIL` or `CONFWARN`.
    public let facility: String
    public let message: String
}
