/// One event of a `text/event-stream` (HTML standard, "Server-sent events").
public struct ServerSentEvent: Sendable, Equatable {
    /// The header fields of a stream of events: no cache keeps it, no proxy holds it back.
    public static let headers: [(String, String)] = [
        ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"), ("X-Accel-Buffering", "no"),
    ]

    public var id: String?
    public var event: String?
    public var data: String

    public init(id: String? = nil, event: String? = nil, data: String) {
        self.id = id
        self.event = event
        self.data = data
    }

    /// The event as it goes over the wire. Line ends in `data` become lines of their own; in `id` and `event`, spaces.
    public var bytes: [UInt8] {
        var text = ""
        if let id { text += "id: \(HTTPHeaders.sanitised(id))\n" }
        if let event { text += "event: \(HTTPHeaders.sanitised(event))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { ["\n", "\r", "\r\n"].contains($0) })
        {
            text += "data: \(line)\n"
        }
        return Array((text + "\n").utf8)
    }
}
