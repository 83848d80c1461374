package import Invalidations

/// One event of the streams: of which request it is, and how it goes over the wire.
package struct StreamEvent: Sendable {
    package enum Kind: String, Sendable {
        case invalidation
        case progress
        /// The whole status of a request.
        case status
        /// The client has missed something, and reads anew what it needs.
        case reset
        /// The client reads too slowly, and is let go.
        case slow
        /// Nothing follows, also after another try.
        case end
    }

    package let identity: RequestIdentity
    /// `event:` and `data:` lines with the empty line that ends them.
    package let body: [UInt8]

    /// What it takes in memory, nearly.
    package var cost: Int { body.count + 160 }

    /// In the place of an event that is gone.
    static let none = StreamEvent(
        identity: RequestIdentity(id: RequestID(high: 0, low: 0), namespace: .default), body: [])

    package init(_ kind: Kind, _ identity: RequestIdentity, data: [UInt8]) {
        self.init(identity: identity, body: Self.lines(kind, data: data))
    }

    private init(identity: RequestIdentity, body: [UInt8]) {
        (self.identity, self.body) = (identity, body)
    }

    /// - Parameter data: one line, such as a JSON document.
    static func lines(_ kind: Kind, data: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 32)
        bytes += "event: \(kind.rawValue)\ndata: ".utf8
        bytes += data
        bytes += "\n\n".utf8
        return bytes
    }

    /// The line that says where the client is.
    static func idLine(_ id: String) -> [UInt8] { Array("id: \(id)\n".utf8) }
}
