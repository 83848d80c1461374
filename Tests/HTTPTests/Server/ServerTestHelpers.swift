import HTTP
import Synchronization

/// Answers with what it was asked: one line each for method, path, query, body and address.
let echo: @Sendable (HTTPRequest, HTTPResponder) -> Void = { request, responder in
    let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    let lines = [
        request.method, request.path, query, String(decoding: request.body, as: UTF8.self), request.remoteAddress,
    ]
    responder.respond(.text(200, lines.joined(separator: "\n")))
}

/// Keeps responders until a test answers them.
final class Held: Sendable {
    private let responders = Mutex<[HTTPResponder]>([])

    var count: Int { responders.withLock { $0.count } }

    func hold(_ responder: HTTPResponder) {
        responders.withLock { $0.append(responder) }
    }

    func takeAll() -> [HTTPResponder] {
        responders.withLock { held in
            defer { held = [] }
            return held
        }
    }
}

/// Values that callbacks leave for the test.
final class Collected<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    var all: [Value] { values.withLock { $0 } }

    func keep(_ value: Value) {
        values.withLock { $0.append(value) }
    }
}

extension HTTPServerConfiguration {
    static func with(_ change: (inout HTTPServerConfiguration) -> Void) -> HTTPServerConfiguration {
        var configuration = HTTPServerConfiguration()
        change(&configuration)
        return configuration
    }
}

/// Hands a value to another thread for good.
struct Handed<Value>: @unchecked Sendable {
    // The giver does not use it any more: that is what the name says.
    let value: Value

    init(_ value: Value) { self.value = value }
}
