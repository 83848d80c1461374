import Foundation
import HTTP
import JSON
import Runtime

/// How commands speak to the gateway, or to a cache node. One thread uses it.
struct GatewayClient {
    /// For whom the gateway is asked to act; `cache` and `rollout` ask a cache node instead.
    enum Scope {
        case publisher, `operator`, cache, rollout
    }

    private static let responseBytesMax = 8 << 20

    private(set) var base: String
    private let scope: Scope
    private let token: String?
    private let tls: TLSClientOptions?
    private let connection: KeptConnection?

    /// - Parameter connection: for many calls in a row; without it each call has a connection of its own.
    init(_ settings: Settings, for scope: Scope = .publisher, connection: KeptConnection? = nil) throws {
        self.scope = scope
        base = try scope.isOfCache ? settings.cacheURL() : settings.gatewayURL()
        let own = try scope.tokenSetting.flatMap { try settings.sources.optional($0) }
        token = try (own ?? settings.sources.optional("gateway.token"))?.text
        tls = try settings.gatewayTLS()
        self.connection = connection
    }

    /// - Returns: the answer of a 2xx.
    /// - Throws: `CommandError` with the gateway's own words for anything else.
    func call(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = [], timeout: Duration
    ) throws -> [UInt8] {
        switch ask(method, path, body: body, headers: headers, timeout: timeout) {
        case .failure(let failure): throw unreachable(failure)
        case .response(let response):
            guard response.isSuccess else { throw refusal(response) }
            return response.body
        }
    }

    /// - Returns: whatever came of it.
    func ask(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = [], timeout: Duration
    ) -> HTTPClientResult {
        let request = request(method, path, body: body, headers: headers, timeout: timeout)
        if let connection { return connection.perform(request) }
        do {
            return .response(try HTTPFetch.perform(request))
        } catch {
            return .failure(error)
        }
    }

    /// The same client for another server of the installation.
    func moved(to base: String) -> GatewayClient {
        var client = self
        client.base = base
        return client
    }

    /// What is sent, with the command's credentials.
    func request(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = [], timeout: Duration
    ) -> HTTPClientRequest {
        var headers = headers
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if !body.isEmpty, !headers.contains(where: { $0.0 == "Content-Type" }) {
            headers.append(("Content-Type", "application/json"))
        }
        var request = HTTPClientRequest(
            method: method, url: base + path, headers: headers, body: body, timeout: timeout, tls: tls,
            responseBytesMax: Self.responseBytesMax)
        request.keepsHeader = true
        return request
    }

    func unreachable(_ failure: HTTPClientFailure) -> CommandError {
        if failure.kind == .timeout && failure.mayHaveBeenSent {
            return CommandError(
                .temporary, "the \(scope.server) at \(base) did not answer in time: \(failure.message)")
        }
        return CommandError(
            .unavailable,
            """
            no \(scope.server) at \(base): \(failure.message); is `cachesync up` or `cachesync \(scope.command)` \
            running, or is \(scope.addressFlag) another address?
            """)
    }

    /// - Parameter conflict: what a 409 stands for.
    func refusal(_ response: HTTPClientResponse, conflict: ExitCode = .temporary) -> CommandError {
        let problem = try? JSONParser(bytesMax: 1 << 20).parse(response.body) { root in
            (root["title"]?.string, root["detail"]?.string)
        }
        let words = [problem?.0, problem?.1].compactMap { $0 }
        guard !words.isEmpty else {
            return CommandError(
                response.status >= 500 ? .temporary : .unavailable,
                """
                what answered \(response.status) at \(base) is no \(scope.server) of Cache Sync; is \
                \(scope.addressFlag) another address?
                """)
        }
        let setting = scope.tokenSetting ?? "gateway.token"
        let hint = "; give --\(scope.tokenFlag), or set \(setting) where this command runs"
        let (code, remedy): (ExitCode, String) =
            switch response.status {
            case 401, 403: (.configuration, hint)
            case 404: (.notFound, "")
            case 400, 413, 415, 422: (.dataError, "")
            case 409: (conflict, "")
            case 429, 502, 503, 504: (.temporary, "")
            default: (.failure, "")
            }
        let text = words.joined(separator: ": ")
        return CommandError(code, "the \(scope.server) answered \(response.status): \(text)\(remedy)")
    }
}

extension GatewayClient.Scope {
    fileprivate var isOfCache: Bool { self == .cache || self == .rollout }

    /// As messages call it.
    var server: String { isOfCache ? "cache node" : "gateway" }
    fileprivate var command: String { isOfCache ? "cache" : "gateway" }
    fileprivate var addressFlag: String { isOfCache ? "--node" : "--gateway" }

    /// The setting of a token that goes before `gateway.token`.
    fileprivate var tokenSetting: String? {
        switch self {
        case .publisher: nil
        case .operator, .rollout: "gateway.operatorToken"
        case .cache: "cache.token"
        }
    }

    fileprivate var tokenFlag: String {
        switch self {
        case .publisher: "token"
        case .operator, .rollout: "operator-token"
        case .cache: "cache-token"
        }
    }
}

extension HTTPClientResponse {
    var isSuccess: Bool { (200..<300).contains(status) }
}

/// A connection that is kept from call to call. It belongs to the thread that made it.
final class KeptConnection {
    private let loop: EventLoop
    private let client: HTTPClient
    private var result: HTTPClientResult?

    init() throws {
        loop = try EventLoop()
        client = try HTTPClient(loop: loop)
        client.onFinish = { [unowned self] _, result in
            self.result = result
            loop.stop()
        }
    }

    func perform(_ request: HTTPClientRequest) -> HTTPClientResult {
        result = nil
        client.send(request, token: 0)
        loop.run()
        return result ?? .failure(HTTPClientFailure(.other, "the request was given up", mayHaveBeenSent: true))
    }
}

/// Why a command has not done what it was asked for.
struct CommandError: ExitCodeError, CustomStringConvertible {
    let exitCode: ExitCode
    let description: String

    init(_ exitCode: ExitCode, _ description: String) {
        self.exitCode = exitCode
        self.description = description
    }
}
