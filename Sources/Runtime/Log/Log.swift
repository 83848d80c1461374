internal import Basics

/// Structured log lines: a level, a message, named values. A value that every line of a part should carry is added
/// once with `with(_:)`. Safe from any thread.
public struct Log: Sendable {
    /// Of this log and all that were made of it.
    private let threshold: LogThreshold
    private let fields: LogFields
    private let isJSON: Bool
    private let now: @Sendable () -> Int64
    private let write: @Sendable ([UInt8]) -> Void

    /// Writes to a descriptor, standard error unless said otherwise.
    public init(level: LogLevel = .info, format: LogFormat = .automatic, descriptor: Int32 = 2) {
        let isJSON =
            switch format {
            case .automatic: !Terminal.isTerminal(descriptor)
            case .text: false
            case .json: true
            }
        let output = LogOutput(descriptor: descriptor)
        self.init(LogThreshold(level), isJSON: isJSON, now: SystemClocks.wallMilliseconds) { line in
            output.write(line) { count in
                Self.line(
                    isJSON, .warning, "log lines were dropped: nobody read them", [["log.dropped": count]],
                    at: SystemClocks.wallMilliseconds())
            }
        }
    }

    /// Gives each line without its end to `sink`, for tests and for other places to log to.
    ///
    /// - Parameter clock: milliseconds since 1970; the system's clock unless given.
    public init(
        level: LogLevel = .debug, format: LogFormat = .text, clock: (@Sendable () -> Int64)? = nil,
        sink: @escaping @Sendable (String) -> Void
    ) {
        self.init(LogThreshold(level), isJSON: format == .json, now: clock ?? SystemClocks.wallMilliseconds) { line in
            sink(String(decoding: line.dropLast(), as: UTF8.self))
        }
    }

    /// Drops everything.
    public static let silent = Log(level: .error) { _ in }

    private init(
        _ threshold: LogThreshold, isJSON: Bool, fields: LogFields = [:], now: @escaping @Sendable () -> Int64,
        write: @escaping @Sendable ([UInt8]) -> Void
    ) {
        self.threshold = threshold
        self.isJSON = isJSON
        self.now = now
        self.fields = fields
        self.write = write
    }

    /// The same log with values that every line carries.
    public func with(_ fields: LogFields) -> Log {
        var all = self.fields
        all.merge(fields)
        return Log(threshold, isJSON: isJSON, fields: all, now: now, write: write)
    }

    public var level: LogLevel { threshold.level }

    /// Changes the level of this log and of all that were made of it.
    public func changeLevel(to level: LogLevel) { threshold.level = level }

    public func isEnabled(_ level: LogLevel) -> Bool { level >= self.level }

    public func debug(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.debug, message(), fields())
    }

    public func info(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.info, message(), fields())
    }

    public func warning(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.warning, message(), fields())
    }

    public func error(_ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]) {
        log(.error, message(), fields())
    }

    public func log(
        _ level: LogLevel, _ message: @autoclosure () -> String, _ fields: @autoclosure () -> LogFields = [:]
    ) {
        guard level >= self.level else { return }
        write(Self.line(isJSON, level, message(), [self.fields, fields()], at: now()))
    }

    private static func line(
        _ isJSON: Bool, _ level: LogLevel, _ message: String, _ fields: [LogFields], at time: Int64
    ) -> [UInt8] {
        isJSON ? LogLine.json(level, message, fields, at: time) : LogLine.text(level, message, fields, at: time)
    }
}
