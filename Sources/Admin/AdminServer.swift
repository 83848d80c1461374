public import HTTP
public import Runtime
internal import Synchronization

/// The role that tells machines how a process is: `/health/live`, `/health/ready` and `/metrics`, for every role alike.
///
/// It is the first to start and the last to end, so that it answers while others begin, wait and drain. Nothing that it
/// tells is about single requests, and it takes no orders; it has no tokens, so its address should be an inner one.
public final class AdminServer: Role {
    public let name = "admin"
    private let configuration: HTTPServerConfiguration
    private let checks: HealthChecks
    private let registry: MetricsRegistry
    private let log: Log
    private let boundPort = Mutex<Int?>(nil)

    public init(_ configuration: HTTPServerConfiguration, checks: HealthChecks, metrics: MetricsRegistry, log: Log) {
        self.configuration = configuration
        self.checks = checks
        registry = metrics
        self.log = log
    }

    /// The port that it listens at; nil before it does.
    public var port: Int? { boundPort.withLock { $0 } }

    /// - Throws: `HTTPServerError` when the address cannot be had.
    public func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
        let (checks, registry) = (checks, registry)
        let server = try HTTPServer(configuration) { request, responder in
            responder.respond(Self.answer(request, checks, registry))
        }
        defer { server.stop() }
        boundPort.withLock { $0 = server.port }
        log.info("listening", ["role": name, "http.address": configuration.address, "http.port": server.port])
        ready()
        stop.waitForPhase(.draining)
    }

    private static func answer(
        _ request: HTTPRequest, _ checks: HealthChecks, _ registry: MetricsRegistry
    ) -> HTTPResponse {
        let allowed = ["GET", "HEAD"]
        let path =
            request.path.count > 1 && request.path.hasSuffix("/") ? String(request.path.dropLast()) : request.path
        guard ["/health/live", "/health/ready", "/metrics"].contains(path) else { return .notFound(request.path) }
        guard allowed.contains(request.method) else { return .methodNotAllowed(request.method, allowed: allowed) }
        switch path {
        case "/health/live": return HealthChecks.liveness()
        case "/health/ready": return checks.readiness()
        default: return registry.response
        }
    }
}

extension MetricsRegistry {
    /// Everything that is counted, as Prometheus reads it.
    public var response: HTTPResponse {
        HTTPResponse(
            status: 200, headers: [("Content-Type", MetricsRegistry.contentType)], body: Array(exposition().utf8))
    }
}
