import Foundation
import HTTP
import JSON
import Runtime

/// How `publish` and `status` speak to the gateway. One thread uses it.
struct GatewayClient {
    let base: String
    private let token: String?
    private let connection: KeptConnection?

    /// - Parameter connection: for many calls in a row; without it each call has a connection of its own.
    init(_ settings: Settings, connection: KeptConnection? = nil) throws {
        base = try settings.gatewayURL()
        token = try settings.sources.optional("gateway.token")?.text
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
            guard (200..<300).contains(response.status) else { throw refusal(response) }
            return response.body
        }
    }

    /// - Returns: whatever came of it.
    func ask(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = [], timeout: Duration
    ) -> HTTPClientResult {
        var headers = headers
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let request = HTTPClientRequest(
            method: method, url: base + path, headers: headers, body: body, timeout: timeout,
            responseBytesMax: 4 << 20)
        if let connection { return connection.perform(request) }
        do {
            return .response(try HTTPFetch.perform(request))
        } catch {
            return .failure(error)
        }
    }

    func unreachable(_ failure: HTTPClientFailure) -> CommandError {
        if failure.kind == .timeout && failure.mayHaveBeenSent {
            return CommandError(.temporary, "the gateway at \(base) did not answer in time: \(failure.message)")
        }
        return CommandError(
            .unavailable,
            """
            no gateway at \(base): \(failure.message); is `cachesync up` or `cachesync gateway` running, or is \
            --gateway another address?
            """)
    }

    func refusal(_ response: HTTPClientResponse) -> CommandError {
        let problem = try? JSONParser(bytesMax: 1 << 20).parse(response.body) { root in
            (root["title"]?.string, root["detail"]?.string)
        }
        let words = [problem?.0, problem?.1].compactMap { $0 }
        guard !words.isEmpty else {
            return CommandError(
                response.status >= 500 ? .temporary : .unavailable,
                "what answered \(response.status) at \(base) is no gateway of Cache Sync; is --gateway another address?"
            )
        }
        let (code, hint): (ExitCode, String) =
            switch response.status {
            case 401, 403: (.configuration, "; give --token, or set gateway.token where this command runs")
            case 404: (.notFound, "")
            case 400, 413, 415, 422: (.dataError, "")
            case 409, 429, 502, 503, 504: (.temporary, "")
            default: (.failure, "")
            }
        let text = words.joined(separator: ": ")
        return CommandError(code, "the gateway answered \(response.status): \(text)\(hint)")
    }
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
