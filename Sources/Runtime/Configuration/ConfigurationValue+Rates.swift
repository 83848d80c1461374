// Values that are rates, such as 50/s.
extension ConfigurationValue {
    /// So many per time, as a number per second: `50/s`, `100/min`, `1000/h`.
    public func rate() throws(ConfigurationError) -> Double {
        guard let rate = rate(of: { Int($0) }) else {
            throw invalid("a rate", hint: "write a number and a time, such as 50/s, 100/min or 1000/h")
        }
        return rate
    }

    /// So many bytes per time, as bytes per second: `1MiB/s`, `500kB/min`.
    public func byteRate() throws(ConfigurationError) -> Double {
        guard let rate = rate(of: { Self.byteCount($0) }) else {
            throw invalid("a rate of bytes", hint: "write bytes and a time, such as 64KiB/s or 1MB/min")
        }
        return rate
    }

    /// So many per time, as the number and the seconds.
    public func quota() throws(ConfigurationError) -> (amount: Int, seconds: Int) {
        guard rate(of: { Int($0) }) != nil, let slash = text.firstIndex(of: "/"), let amount = Int(text[..<slash]),
            let seconds = Self.rateTimes[String(text[text.index(after: slash)...])]
        else { throw invalid("a rate", hint: "write a number and a time, such as 50/s, 100/min or 1000/h") }
        return (amount, Int(seconds))
    }

    private static let amountMax = 1_000_000_000_000

    private func rate(of amount: (Substring) -> Int?) -> Double? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard items == nil, parts.count == 2, let seconds = Self.rateTimes[String(parts[1])],
            let number = amount(parts[0]), (1...Self.amountMax).contains(number)
        else { return nil }
        return Double(number) / seconds
    }

    private static let rateTimes = ["s": 1.0, "min": 60.0, "h": 3_600.0]
}
