/// One setting: what it is called in each source, and what it is for.
public struct ConfigurationKey: Sendable {
    /// Dotted, as nested in the file: `kafka.brokers`.
    public let name: String
    /// `CACHESYNC_KAFKA_BROKERS`; nil for a part that only the file can hold.
    public let environment: String?
    /// Without dashes; nil where a flag makes no sense.
    public let flag: String?
    /// nil: not set unless someone sets it.
    public let `default`: String?
    /// Never printed.
    public let isSecret: Bool
    /// Read with `node(at:)`: a list or group of its own, such as the edges.
    public let isStructured: Bool
    /// One sentence without a full stop.
    public let help: String

    public init(
        _ name: String, environment: String?, flag: String? = nil, default: String? = nil, isSecret: Bool = false,
        isStructured: Bool = false, help: String
    ) {
        self.name = name
        self.environment = environment
        self.flag = flag
        self.default = `default`
        self.isSecret = isSecret
        self.isStructured = isStructured
        self.help = help
    }

    /// How to set it, for an error's hint.
    var hint: String {
        var ways = ["set \(name) in the configuration file"]
        if let environment { ways.append("\(environment) in the environment") }
        if let flag { ways.append("--\(flag)") }
        return ways.joined(separator: ", or ")
    }
}
