/// A text that must not reach a log: it prints as dots, also inside other values.
public struct KafkaSecret: Hashable, Sendable {
    public let value: String

    public init(_ value: String) {
        self.value = value
    }
}

extension KafkaSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "•••" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KafkaSecret: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) {
        self.init(value)
    }
}
