import Gateway
import HTTP
import Invalidations
import JSON
import Runtime

/// Checks the gateway's address, and what a running gateway says of itself.
struct GatewayCheck {
    private static let timeout = Duration.seconds(5)

    let settings: Settings

    func findings() -> [Finding] {
        [access(), listen(), running()]
    }

    private func access() -> Finding {
        do {
            let sources = settings.sources
            if let keys = try sources.optional("gateway.keys") {
                let count = try settings.keyFile().read().count { $0.closure(at: .now()) == nil }
                return .ok("access", "the gateway asks for a credential; \(count) keys of \(keys.text) are valid")
            }
            if try sources.optional("gateway.jwt.issuer") != nil {
                return .ok("access", "the gateway asks for a credential, and believes signed tokens")
            }
            let certificates = try CertificateList.read(sources).count
            if certificates > 0 {
                return .ok("access", "the gateway asks for a credential, and knows \(certificates) client certificates")
            }
            switch (try sources.optional("gateway.token"), try sources.optional("gateway.operatorToken")) {
            case (nil, nil):
                return .remark(
                    "access", "the gateway is open to everyone who reaches it: set gateway.token to ask for one")
            case (nil, _): return .remark("access", "everyone who reaches the gateway may publish: set gateway.token")
            case (_, nil):
                return .remark("access", "dead letters and replays are closed to all: set gateway.operatorToken")
            default: return .ok("access", "the gateway asks for a bearer token")
            }
        } catch {
            return .fail("access", "\(error)")
        }
    }

    private func listen() -> Finding {
        let subject = "gateway.listen"
        do {
            let listen = try settings.sources.hostPort("gateway.listen")
            guard listen.port > 0 else { return .ok(subject, "takes any free port of \(listen.host)") }
            switch ListenAddress.check(host: listen.host, port: listen.port) {
            case .free: return .ok(subject, "\(listen) is free")
            case .unusable(let reason): return .fail(subject, "\(listen) cannot be listened at: \(reason)")
            case .taken:
                let here = ["0.0.0.0": "127.0.0.1", "::": "::1"][listen.host] ?? listen.host
                let scheme = try settings.gatewayScheme()
                return isGateway(at: "\(scheme)://\(HostPort(host: here, port: listen.port))")
                    ? .ok(subject, "a gateway of Cache Sync listens at \(listen)")
                    : .fail(subject, "another program listens at \(listen): end it, or set gateway.listen")
            }
        } catch {
            return .fail(subject, "\(error)")
        }
    }

    private func running() -> Finding {
        let subject = "gateway"
        do {
            let url = try settings.gatewayURL()
            switch get("\(url)/health/ready") {
            case .failure(let failure): return .remark(subject, "none answers at \(url): \(failure.message)")
            case .response(let response):
                guard let state = HealthState(response.body) else {
                    return .fail(subject, "what answers \(response.status) at \(url) is no gateway of Cache Sync")
                }
                return state.faults.isEmpty && response.status == 200
                    ? .ok(subject, "the one at \(url) is ready")
                    : .fail(subject, "the one at \(url) is \(state.status): \(state.faults.joined(separator: "; "))")
            }
        } catch {
            return .fail(subject, "\(error)")
        }
    }

    private func isGateway(at url: String) -> Bool {
        guard case .response(let response) = get("\(url)/health/live") else { return false }
        return HealthState(response.body) != nil
    }

    private func get(_ url: String) -> HTTPClientResult {
        do {
            return .response(
                try HTTPFetch.perform(
                    HTTPClientRequest(url: url, timeout: Self.timeout, tls: try settings.gatewayTLS())))
        } catch {
            let failure = error as? HTTPClientFailure
            return .failure(failure ?? HTTPClientFailure(.other, "\(error)", mayHaveBeenSent: false))
        }
    }
}

/// What `/health/live` and `/health/ready` answer.
private struct HealthState {
    let status: String
    /// `kafka: not connected yet`
    let faults: [String]

    /// Nil for anything else.
    init?(_ body: [UInt8]) {
        let read = try? JSONParser(bytesMax: 1 << 20).parse(body) { root in
            var faults: [String] = []
            root["checks"]?.forEachMember { name, check in
                guard check["ok"]?.bool == false else { return }
                faults.append("\(name.string): \(check["detail"]?.string ?? "not well")")
            }
            return (root["status"]?.string, faults)
        }
        guard let read, let status = read.0, ["live", "ready", "unready"].contains(status) else { return nil }
        (self.status, faults) = (status, read.1)
    }
}
