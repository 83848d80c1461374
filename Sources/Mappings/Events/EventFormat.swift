/// The shape of a foreign topic's events.
public enum EventFormat: String, CaseIterable, Sendable {
    /// As Wikimedia has them: a JSON object whose `meta` says what changed, and when.
    case resourceChange = "resource-change"
    /// CloudEvents 1.0: structured as JSON, or binary with the attributes in headers.
    case cloudEvents = "cloud-events"
    /// Changes of rows as Debezium tells them: `before`, `after`, `op`.
    case debezium
    /// Any JSON object.
    case json

    /// Where such an event tells its time; nil where that must be said.
    var timePath: FieldPath? {
        switch self {
        case .resourceChange: FieldPath("meta.dt")
        case .cloudEvents: FieldPath("time")
        case .debezium: FieldPath("ts_ms")
        case .json: nil
        }
    }
}
