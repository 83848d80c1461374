import Foundation
import HTTP
import JSON
import Runtime

/// How `publish` and `status` speak to the gateway.
struct GatewayClient {
    private let base: String
    private let token: String?

    init(_ settings: Settings) throws {
        var base = try settings.sources.string("gateway.url")
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        token = try settings.sources.optional("gateway.token")?.text
    }

    /// - Returns: the answer of a 2xx.
    /// - Throws: `CommandError` with the gateway's own words for anything else.
    func call(
        _ method: String, _ path: String, body: [UInt8] = [], headers: [(String, String)] = [], timeout: Duration
    ) throws -> [UInt8] {
        var headers = headers
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let request = HTTPClientRequest(
            method: method, url: base + path, headers: headers, body: body, timeout: timeout,
            responseBytesMax: 4 << 20)
        let response: HTTPClientResponse
        do {
            response = try HTTPFetch.perform(request)
        } catch {
            throw CommandError(
                .unavailable,
                """
                no gateway at \(base): \(error.message); is `cachesync up` or `cachesync gateway` running, or is \
                --gateway another address?
                """)
        }
        guard (200..<300).contains(response.status) else { throw refusal(response) }
        return response.body
    }

    private func refusal(_ response: HTTPClientResponse) -> CommandError {
        let problem = try? JSONParser(bytesMax: 1 << 20).parse(response.body) { root in
            (root["title"]?.string, root["detail"]?.string)
        }
        let words = [problem?.0, problem?.1].compactMap { $0 }
        let text = words.isEmpty ? response.reason : words.joined(separator: ": ")
        let code: ExitCode =
            switch response.status {
            case 404: .notFound
            case 400, 413, 415, 422: .dataError
            case 429, 502, 503, 504: .temporary
            default: .failure
            }
        return CommandError(code, "the gateway answered \(response.status): \(text)")
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
