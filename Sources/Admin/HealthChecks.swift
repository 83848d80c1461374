public import HTTP
internal import JSON
internal import Synchronization

/// What the parts of a process say of themselves: each is asked when somebody asks for all of them.
public final class HealthChecks: Sendable {
    /// Nil while the part can do its work, otherwise why it cannot. Called on any thread; it must not wait.
    public typealias Check = @Sendable () -> String?

    private let checks = Mutex<[(name: String, check: Check)]>([])

    public init() {}

    /// - Parameter name: of a part that is there already: the new one is told apart by a number.
    public func add(_ name: String, _ check: @escaping Check) {
        checks.withLock { checks in
            let same = checks.count { $0.name == name || $0.name.hasPrefix(name + "-") }
            checks.append((same == 0 ? name : "\(name)-\(same + 1)", check))
        }
    }

    /// 200 and `ready` when every part can do its work, otherwise 503, with each part's own words.
    public func readiness() -> HTTPResponse {
        Self.readiness(checks.withLock { $0 }.map { ($0.name, $0.check()) })
    }

    /// - Parameters:
    ///   - faults: by part, nil for none.
    ///   - lacks: the same of parts that it can do without.
    public static func readiness(
        _ faults: [(name: String, fault: String?)], lacking lacks: [(name: String, fault: String?)] = []
    ) -> HTTPResponse {
        let isReady = faults.allSatisfy { $0.fault == nil }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("status", isReady ? "ready" : "unready")
        writer.key("checks")
        writer.beginObject()
        for (name, fault) in faults + lacks {
            writer.key(name)
            writer.beginObject()
            writer.member("ok", fault == nil)
            if let fault { writer.member("detail", fault) }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return .json(isReady ? 200 : 503, writer.bytes).with("Cache-Control", "no-store")
    }

    /// The process runs: more is not said.
    public static func liveness() -> HTTPResponse {
        var writer = JSONWriter(capacity: 32)
        writer.beginObject()
        writer.member("status", "live")
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}
