/// One setting of the client library, and why it has this value.
public struct KafkaSetting: Hashable, Sendable {
    public let key: String
    public let value: String
    public let why: String

    init(_ key: String, _ value: String, _ why: String) {
        self.key = key
        self.value = value
        self.why = why
    }

    init(_ key: String, _ value: Int, _ why: String) {
        self.init(key, String(value), why)
    }

    init(_ key: String, _ value: Duration, _ why: String) {
        self.init(key, Int(value.milliseconds), why)
    }
}
