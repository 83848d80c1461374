import Admin
import Dispatch
import HTTP
import JSON
import Runtime
import Synchronization
import TestSupport
import Testing

/// Tests of the admin server: health, metrics, readiness.
@Suite(.timeLimit(.minutes(1)))
struct AdminServerTests {
    /// An admin server on a port of its own, until the end of the test.
    private final class Running: Sendable {
        let checks = HealthChecks()
        let registry = MetricsRegistry()
        let server: AdminServer
        private let thread: RoleThread

        init() throws {
            server = AdminServer(
                HTTPServerConfiguration(port: 0), checks: checks, metrics: registry, log: .silent)
            thread = try RoleThread.running(server)
            try #require(try thread.waitUntilReady())
        }

        func end() { try? thread.drain() }

        func get(_ path: String, method: String = "GET") throws -> (status: Int, text: String) {
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(method: method, url: "http://127.0.0.1:\(server.port ?? 0)\(path)"))
            return (answer.status, String(decoding: answer.body, as: UTF8.self))
        }
    }

    @Test func everyPartTellsWhetherItCanWork() throws {
        let running = try Running()
        defer { running.end() }
        let fault = Mutex<String?>(nil)
        running.checks.add("worker") { fault.withLock { $0 } }
        running.checks.add("worker") { nil }
        running.registry.counter("cachesync_test_total", help: "Of the test.").increment(by: 3)

        #expect(try running.get("/health/live").text == #"{"status":"live"}"#)
        let ready = try running.get("/health/ready/")
        #expect(ready.status == 200)
        #expect(ready.text == #"{"status":"ready","checks":{"worker":{"ok":true},"worker-2":{"ok":true}}}"#)

        fault.withLock { $0 = "has \"nothing\" to do" }
        let unready = try running.get("/health/ready")
        #expect(unready.status == 503)
        #expect(unready.text.contains(#""worker":{"ok":false,"detail":"has \"nothing\" to do"}"#), "\(unready.text)")
        #expect(try running.get("/health/live").status == 200)
        #expect(try running.get("/metrics").text.contains("cachesync_test_total 3\n"))
    }

    @Test func nothingElseIsServed() throws {
        let running = try Running()
        defer { running.end() }
        for path in ["/", "/health", "/status", "/invalidate", "/metrics/x"] {
            #expect(try running.get(path).status == 404, "\(path)")
        }
        #expect(try running.get("/metrics", method: "POST").status == 405)
        #expect(try running.get("/metrics", method: "HEAD").status == 200)
    }

    /// Works until it is told to end.
    private final class WaitingRole: Role {
        let name = "waiting"
        let begins = DispatchSemaphore(value: 0)

        func run(_ stop: StopSignal, ready: @escaping @Sendable () -> Void) throws {
            begins.wait()
            ready()
            stop.waitForPhase(.stopping)
        }
    }

    @Test func aRoleIsReadyFromItsBeginningToItsDraining() throws {
        let (role, stop, ended) = (WaitingRole(), StopSignal(), DispatchSemaphore(value: 0))
        let observed = ObservedRole(role)
        #expect(observed.name == "waiting")
        #expect(observed.fault == "waiting has not begun its work yet")
        try NamedThread.startThread("waiting") {
            try? observed.run(stop) {}
            ended.signal()
        }
        role.begins.signal()
        try eventually("the role works") { observed.fault == nil }
        stop.drain()
        #expect(observed.fault == "waiting is draining")
        stop.stopNow()
        ended.wait()
        #expect(observed.fault == "waiting has ended")
    }
}
