/// Named values of a log line, in the order they were written. Never secrets.
public struct LogFields: Sendable, ExpressibleByDictionaryLiteral {
    private(set) var pairs: [(name: String, value: LogValue)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, any CustomStringConvertible)...) {
        pairs = elements.map { ($0.0, LogValue($0.1)) }
    }

    public init(_ pairs: some Sequence<(key: String, value: String)>) {
        self.pairs = pairs.map { ($0.key, .text($0.value)) }
    }

    /// A later value of a name replaces the earlier one.
    public mutating func merge(_ others: LogFields) {
        for (name, value) in others.pairs {
            if let index = pairs.firstIndex(where: { $0.name == name }) {
                pairs[index].value = value
            } else {
                pairs.append((name, value))
            }
        }
    }
}

/// A value as a line shows it: JSON tells numbers and truths from texts.
enum LogValue: Sendable {
    case text(String)
    /// Written as it is in both formats.
    case literal(String)

    init(_ value: any CustomStringConvertible) {
        switch value {
        case let number as any BinaryInteger: self = .literal("\(number)")
        case let truth as Bool: self = .literal("\(truth)")
        case let number as Double where number.isFinite: self = .literal("\(number)")
        default: self = .text(value.description)
        }
    }
}
