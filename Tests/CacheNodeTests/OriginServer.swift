import HTTP
import Synchronization

/// An API that a node loads from. It counts what it is asked, and answers as a test says.
final class OriginServer: Sendable {
    typealias Handler = @Sendable (HTTPRequest, HTTPResponder) -> Void

    /// How long a node waits for an API that a test holds silent until all is as it should be.
    static let patience = Duration.seconds(60)

    private final class State: Sendable {
        let requests = Mutex<[HTTPRequest]>([])
        let handler: Mutex<Handler>

        init(_ handler: @escaping Handler) {
            self.handler = Mutex(handler)
        }
    }

    private let state: State
    private let server: HTTPServer

    init(_ handler: @escaping Handler) throws {
        let state = State(handler)
        self.state = state
        var configuration = HTTPServerConfiguration()
        configuration.connectionLimit = 2_048
        server = try HTTPServer(configuration) { request, responder in
            state.requests.withLock { $0.append(request) }
            let handler = state.handler.withLock { $0 }
            handler(request, responder)
        }
    }

    deinit { server.stop() }

    var template: String { "http://127.0.0.1:\(server.port)/items/{key}?of={namespace}" }
    var requests: [HTTPRequest] { state.requests.withLock { $0 } }

    func answer(_ handler: @escaping Handler) {
        state.handler.withLock { $0 = handler }
    }

    static func value(_ text: String, _ fields: [(String, String)] = []) -> HTTPResponse {
        HTTPResponse(status: 200, headers: [("Content-Type", "application/json")] + fields, body: Array(text.utf8))
    }
}
