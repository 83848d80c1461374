/// A setting can't be used. Reads as one line: where, what is wrong, what to do.
public struct ConfigurationError: ExitCodeError, CustomStringConvertible, Equatable {
    /// Where the setting was given; nil when it is about no one place.
    public let origin: Origin?
    /// Dotted name of the setting, such as `kafka.brokers`; nil for a fault of the file itself.
    public let key: String?
    public let problem: String
    public let hint: String?

    public init(at origin: Origin? = nil, key: String? = nil, problem: String, hint: String? = nil) {
        self.origin = origin
        self.key = key
        self.problem = problem
        self.hint = hint
    }

    /// A flag is a matter of the command line, everything else one of the configuration.
    public var exitCode: ExitCode {
        if case .flag = origin { .usage } else { .configuration }
    }

    public var description: String {
        var text = ""
        if let origin { text += "\(origin): " }
        // A flag that is no setting's has its own name already.
        if let key, origin != .flag(key) { text += "\(key): " }
        text += problem
        if let hint { text += "; \(hint)" }
        return text
    }
}
