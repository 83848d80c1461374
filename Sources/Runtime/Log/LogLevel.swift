/// Levels of log lines.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, warning, error

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }
}

/// How a line is written.
public enum LogFormat: String, Sendable, CaseIterable {
    /// Text on a terminal, JSON elsewhere.
    case automatic
    /// `2026-11-22T10:00:00.000Z info message key=value`
    case text
    /// `{"time":"2026-11-22T10:00:00.000Z","level":"info","message":"message","key":"value"}`
    case json
}
