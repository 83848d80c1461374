internal import Basics

/// A host and a port; the host of an IPv6 address stands without its brackets.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension ConfigurationValue {
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) throws(ConfigurationError) -> Int {
        guard items == nil, let number = Int(text), range.contains(number) else {
            throw invalid(Self.wholeNumber(in: range))
        }
        return number
    }

    public func bool() throws(ConfigurationError) -> Bool {
        switch text.lowercased() {
        case "true", "yes", "on", "1": return true
        case "false", "no", "off", "0": return false
        default: throw invalid("true or false")
        }
    }

    /// A whole number and a unit: `250ms`, `10s`, `2m`, `1h`, `7d`. Zero needs no unit.
    public func duration(in range: ClosedRange<Duration>? = nil) throws(ConfigurationError) -> Duration {
        guard let duration = Self.duration(text) else {
            throw invalid("a duration", hint: "write a number and a unit, such as 250ms, 10s, 2m, 1h or 7d")
        }
        if let range, !range.contains(duration) {
            throw invalid("between \(Self.text(of: range.lowerBound)) and \(Self.text(of: range.upperBound))")
        }
        return duration
    }

    /// A whole number of bytes, or with a unit: `512KiB`, `64MiB`, `1GiB`, and by thousands `512kB`, `64MB`, `1GB`.
    public func byteCount(in range: ClosedRange<Int> = 0...Int.max) throws(ConfigurationError) -> Int {
        guard let bytes = Self.byteCount(text), range.contains(bytes) else {
            throw invalid(
                "a number of bytes from \(range.lowerBound) to \(range.upperBound)",
                hint: "write a number and a unit, such as 512KiB or 64MiB")
        }
        return bytes
    }

    /// Nil for text that is no number of bytes, and for more than an `Int` holds.
    static func byteCount(_ text: some StringProtocol) -> Int? {
        let unit = byteUnits.first { text.hasSuffix($0.name) }
        guard let unit, let number = Int(text.dropLast(unit.name.count)) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit.bytes)
        return overflow ? nil : bytes
    }

    /// `B` ends the others, and every text ends with nothing, so these come last.
    private static let byteUnits: [(name: String, bytes: Int)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("B", 1), ("", 1),
    ]

    /// A list in the file, or items with commas between them. Spaces around items do not count; empty ones fall away.
    public func list() -> [String] {
        (items ?? text.split(separator: ",").map(String.init)).map(Self.trimmed).filter { !$0.isEmpty }
    }

    /// - Parameter zero: whether 0, "any free port", may be asked for.
    public func port(zero: Bool = false) throws(ConfigurationError) -> Int {
        try int(in: (zero ? 0 : 1)...65_535)
    }

    /// `host:port`, `[v6]:port`, or the host alone where there is a default port.
    public func hostPort(defaultPort: Int? = nil) throws(ConfigurationError) -> HostPort {
        guard let parsed = Self.hostPort(text, defaultPort: defaultPort) else {
            throw invalid("a host and port", hint: "write it like 127.0.0.1:8080 or [::1]:8080")
        }
        return parsed
    }

    /// A list of such, each with its port.
    public func hostPorts() throws(ConfigurationError) -> [HostPort] {
        var found: [HostPort] = []
        for text in list() {
            guard let parsed = Self.hostPort(text, defaultPort: nil) else {
                throw invalid("hosts with ports", hint: "write them like host-1:9090, host-2:9090")
            }
            found.append(parsed)
        }
        return found
    }

    /// One of the names of an enumeration.
    public func choice<Choice: RawRepresentable & CaseIterable>(
        _ type: Choice.Type = Choice.self
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        if let choice = Choice(rawValue: text) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        let nearest = NearestName.find(text, in: names)
        throw invalid("one of " + names.joined(separator: ", "), hint: nearest.map { "did you mean \($0)?" })
    }

    private static func wholeNumber(in range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (.min, .max): "a whole number"
        case (let low, .max): "a whole number of at least \(low)"
        case (let low, let high): "a whole number from \(low) to \(high)"
        }
    }

    private static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), let unit = durationUnits.first(where: { $0.name == text[digits.endIndex...] })
        else { return nil }
        // So that no sum of durations overflows: about 300 years.
        guard number <= 10_000_000_000_000_000 / unit.microseconds else { return nil }
        return .microseconds(number * unit.microseconds)
    }

    private static let durationUnits: [(name: String, microseconds: Int64)] = [
        ("us", 1), ("ms", 1_000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]

    /// In the largest unit that keeps it whole.
    private static func text(of duration: Duration) -> String {
        let microseconds = duration.microseconds
        let unit = durationUnits.last { microseconds % $0.microseconds == 0 && microseconds >= $0.microseconds }
        return unit.map { "\(microseconds / $0.microseconds)\($0.name)" } ?? "0s"
    }

    private static func hostPort(_ text: String, defaultPort: Int?) -> HostPort? {
        var host = Substring(text)
        var port = defaultPort
        let afterBracket = text.lastIndex(of: "]") ?? text.startIndex
        if let colon = text[afterBracket...].lastIndex(of: ":") {
            host = text[..<colon]
            port = Int(text[text.index(after: colon)...])
        }
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || "[]/@".contains($0) }),
            let port, (0...65_535).contains(port)
        else { return nil }
        return HostPort(host: String(host), port: port)
    }

    private static func trimmed(_ text: String) -> String {
        let inner = text.drop(while: \.isWhitespace)
        let end = inner.lastIndex { !$0.isWhitespace }
        return end.map { String(inner[...$0]) } ?? ""
    }
}
