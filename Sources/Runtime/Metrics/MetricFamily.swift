internal import Basics

/// All series of one metric name.
struct MetricFamily: Sendable {
    enum Kind: String {
        case counter, gauge, histogram
    }

    enum Metric: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case reading(@Sendable () -> Double)
        case histogram(Histogram)

        var counter: Counter? { if case .counter(let counter) = self { counter } else { nil } }
        var gauge: Gauge? { if case .gauge(let gauge) = self { gauge } else { nil } }
        var histogram: Histogram? { if case .histogram(let histogram) = self { histogram } else { nil } }
    }

    let kind: Kind
    let help: String
    private var series: [(labels: String, metric: Metric)] = []
    private var indexes: [String: Int] = [:]

    init(kind: Kind, help: String) {
        self.kind = kind
        self.help = help
    }

    mutating func metric(
        _ kind: Kind, name: String, labels: String, _ make: () -> Metric
    ) -> (Metric, isNew: Bool) {
        precondition(self.kind == kind, "\(name) is already a \(self.kind.rawValue)")
        if let index = indexes[labels] { return (series[index].metric, false) }
        let metric = make()
        indexes[labels] = series.count
        series.append((labels, metric))
        return (metric, true)
    }

    func append(to text: inout String, name: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, metric) in series {
            switch metric {
            case .counter(let counter): text += "\(name)\(Self.braced(labels)) \(counter.value)\n"
            case .gauge(let gauge): text += "\(name)\(Self.braced(labels)) \(Self.number(gauge.value))\n"
            case .reading(let read): text += "\(name)\(Self.braced(labels)) \(Self.number(read()))\n"
            case .histogram(let histogram): Self.append(histogram, to: &text, name: name, labels: labels)
            }
        }
    }

    /// The count is taken from the buckets, so that both always agree.
    private static func append(_ histogram: Histogram, to text: inout String, name: String, labels: String) {
        let cumulative = histogram.cumulative
        let separator = labels.isEmpty ? "" : ","
        for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], cumulative) {
            text += "\(name)_bucket{\(labels)\(separator)le=\"\(bound)\"} \(count)\n"
        }
        text += "\(name)_sum\(braced(labels)) \(number(histogram.sum))\n"
        text += "\(name)_count\(braced(labels)) \(cumulative[cumulative.count - 1])\n"
    }

    static func isName(_ name: String, colons: Bool) -> Bool {
        let isFine = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "_"): true
            case UInt8(ascii: ":"): colons
            default: $0.isASCIIAlphanumeric
            }
        }
        return isFine && !name.isEmpty && !name.first!.isNumber
    }

    static func labelText(_ labels: [(key: String, value: String)]) -> String {
        labels.map { "\($0.key)=\"\(escaped($0.value, quotes: true))\"" }.joined(separator: ",")
    }

    private static func braced(_ labels: String) -> String {
        labels.isEmpty ? "" : "{\(labels)}"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return String(whole) }
        return "\(value)"
    }
}
