import Foundation
import HTTP
import JSON
import Replays
import Runtime

/// How commands order, change and look at runs: through the gateway.
struct RunClient {
    private static let timeout = Duration.seconds(30)
    /// Of a run that the view does not know yet.
    private static let (changesMax, pause) = (15, 1.0)

    private let gateway: GatewayClient

    init(_ settings: Settings) throws {
        gateway = try GatewayClient(settings, for: .operator)
    }

    /// Orders a plan. Nothing is done until the run is changed.
    ///
    /// - Returns: the run's id.
    func order(_ kind: RunOrder.Kind, _ request: RunRequest, id: String) throws -> RunReport {
        let path =
            switch kind {
            case .replay: "/replays"
            case .redrive: "/dead/redrive"
            case .discard: "/dead/discard"
            }
        let headers = [("Idempotency-Key", id), ("Cache-Sync-Operator", Self.who)]
        let body = Array(try JSONEncoder().encode(request))
        return try RunReport.decode(ask("POST", path, body, headers, conflict: .dataError))
    }

    /// - Parameter wait: seconds until the answer comes in any case; it comes before when there is news.
    func document(_ id: String, wait: Int = 0) throws -> [UInt8] {
        try gateway.call("GET", "/replays/\(id)?wait=\(wait)s", timeout: Self.timeout)
    }

    /// Orders another state of a run. One that no view knows yet is waited for.
    func change(
        _ id: String, to state: RunOrder.Wanted, rate: Double? = nil, expect: Int64? = nil, reason: String
    ) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("state", state.rawValue)
        if let rate {
            writer.key("rate")
            writer.double(rate)
        }
        if let expect { writer.member("expect", expect) }
        writer.member("reason", reason)
        writer.endObject()
        for number in 1...Self.changesMax {
            switch gateway.ask(
                "PATCH", "/replays/\(id)", body: writer.bytes, headers: [("Cache-Sync-Operator", Self.who)],
                timeout: Self.timeout)
            {
            case .failure(let failure): throw gateway.unreachable(failure)
            case .response(let response) where response.isSuccess: return
            case .response(let response):
                let isPassing = response.status == 409 && response.retryAfter != nil
                guard isPassing, number < Self.changesMax else {
                    throw gateway.refusal(response, conflict: isPassing ? .temporary : .failure)
                }
                Thread.sleep(forTimeInterval: Self.pause)
            }
        }
    }

    /// Documents of runs, newest first.
    func list(limit: Int) throws -> [[UInt8]] {
        var documents: [[UInt8]] = []
        var before = ""
        while documents.count < limit {
            let count = min(limit - documents.count, 500)
            let page = try gateway.call("GET", "/replays?limit=\(count)\(before)", timeout: Self.timeout)
            let next = try JSONParser(bytesMax: 8 << 20).parse(page) { root in
                root["runs"]?.forEachElement { run in
                    var writer = JSONWriter()
                    writer.copy(run)
                    documents.append(writer.bytes)
                }
                return root["next"]?.string
            }
            guard let next else { break }
            before = "&before=\(PercentEncoding.encode(next))"
        }
        return documents
    }

    private func ask(
        _ method: String, _ path: String, _ body: [UInt8], _ headers: [(String, String)], conflict: ExitCode
    ) throws -> [UInt8] {
        switch gateway.ask(method, path, body: body, headers: headers, timeout: Self.timeout) {
        case .failure(let failure): throw gateway.unreachable(failure)
        case .response(let response):
            guard response.isSuccess else { throw gateway.refusal(response, conflict: conflict) }
            return response.body
        }
    }

    /// Who gives the order, as the log of orders shows it.
    static let who: String = {
        let user = ProcessInfo.processInfo.environment["USER"] ?? "uid-\(getuid())"
        let name = "\(user)@\(ProcessInfo.processInfo.hostName)".utf8.filter { $0 >= 0x20 && $0 < 0x7F }
        return String(decoding: name.prefix(200), as: UTF8.self)
    }()
}
