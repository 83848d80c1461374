import Basics
import Dispatch
import HTTP
import JSON
public import Runtime
import Synchronization

/// A cache of one's own, as the `http` adapter knows it: it takes purges, and remembers when each came.
public final class PurgeRecorder: Sendable {
    public let arrivals: Arrivals
    private let server: HTTPServer
    private let callTimes: CallTimes

    /// - Parameters:
    ///   - port: 0 for any that is free.
    ///   - pause: how long each answer takes.
    public init(port: Int = 0, pause: Duration = .zero) throws {
        let (arrivals, callTimes) = (Arrivals(), CallTimes())
        (self.arrivals, self.callTimes) = (arrivals, callTimes)
        server = try HTTPServer(HTTPServerConfiguration(port: port)) { request, responder in
            guard request.method == "POST", request.path == "/purge" else {
                responder.respond(.notFound(request.path))
                return
            }
            callTimes.add(.now())
            let answer = Self.recordPurge(request.body, arrivals)
            guard pause > .zero else {
                responder.respond(answer)
                return
            }
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(Int(pause.nanoseconds))) {
                responder.respond(answer)
            }
        }
    }

    public var address: String { "http://127.0.0.1:\(server.port)" }

    /// Different tags so far.
    public var count: Int { arrivals.count }

    /// First arrivals by namespace.
    public var order: [String: [String]] { arrivals.order }

    /// When each call came, in order.
    public var calls: [MonotonicTime] { callTimes.all }

    public func stop() { server.stop() }

    private static func recordPurge(_ body: [UInt8], _ arrivals: Arrivals) -> HTTPResponse {
        do {
            try arrivals.record(body)
            return .empty(204)
        } catch {
            return .problem(400, "\(error)")
        }
    }
}

private final class CallTimes: Sendable {
    private let times = Mutex<[MonotonicTime]>([])

    var all: [MonotonicTime] { times.withLock { $0 } }

    func add(_ time: MonotonicTime) { times.withLock { $0.append(time) } }
}
