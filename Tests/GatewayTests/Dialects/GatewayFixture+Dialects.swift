import Invalidations
import TestSupport
import TopicCatalogue

/// Requests of dialects, and what they have published.
extension GatewayFixture {
    /// The topic's requests of one namespace, in their order.
    func published(_ namespace: String = "default") throws -> [Invalidation] {
        try records(of: TopicName.normal).filter { $0.key == namespace }.map { record in
            try record.value.withUnsafeBytes {
                try InvalidationDecoder().decode(record: $0, time: Timestamp(milliseconds: 0))
            }
        }
    }

    /// A request as it stands on the wire; `host` is nil where the fields name it.
    func send(
        _ line: String, host: String? = "shop.example", _ fields: [String] = [], body: String? = nil
    ) throws -> RawAnswer {
        var head = "\(line) HTTP/1.1\r\nConnection: close\r\n"
        if let host { head += "Host: \(host)\r\n" }
        for field in fields { head += field + "\r\n" }
        if let body { head += "Content-Length: \(body.utf8.count)\r\n" }
        return try RawHTTP.exchange(port, Array("\(head)\r\n\(body ?? "")".utf8))
    }
}

/// One request of a dialect, and the record that it must become.
struct DialectCase: Sendable {
    let line: String
    var fields: [String] = []
    var body: String?
    let selectors: Selectors
    var mode = PurgeMode.hard

    init(
        _ line: String, _ fields: [String] = [], body: String? = nil, becomes selectors: Selectors,
        mode: PurgeMode = .hard
    ) {
        self.line = line
        self.fields = fields
        self.body = body
        self.selectors = selectors
        self.mode = mode
    }
}

/// A request that is refused, and what the answer says.
struct DialectRefusalCase: Sendable {
    let line: String
    var fields: [String] = []
    var body: String?
    let status: Int
    let says: String

    init(_ line: String, _ fields: [String] = [], body: String? = nil, status: Int, _ says: String) {
        self.line = line
        self.fields = fields
        self.body = body
        self.status = status
        self.says = says
    }
}
