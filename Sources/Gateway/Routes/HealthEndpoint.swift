internal import HTTP
internal import JSON

/// Whether the process runs, and whether it can do its work.
struct HealthEndpoint: Sendable {
    let kafka: KafkaHealth
    let desk: StatusDesk
    /// The gateway has been asked to end.
    let isDraining: @Sendable () -> Bool

    func live() -> HTTPResponse {
        var writer = JSONWriter(capacity: 32)
        writer.beginObject()
        writer.member("status", "live")
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    func ready() -> HTTPResponse {
        let checks = [("kafka", kafkaFault), ("view", viewFault), ("gateway", isDraining() ? "draining" : nil)]
        let isReady = checks.allSatisfy { $0.1 == nil }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("status", isReady ? "ready" : "unready")
        writer.key("checks")
        writer.beginObject()
        for (name, fault) in checks {
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

    private var kafkaFault: String? {
        switch kafka.state {
        case .starting: "not connected yet"
        case .fine: nil
        case .failing(let reason): reason
        }
    }

    private var viewFault: String? {
        do {
            _ = try desk.version()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
