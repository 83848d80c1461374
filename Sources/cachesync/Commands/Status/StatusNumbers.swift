import Foundation
import JSON
import Runtime

/// Shows requests in numbers: by the minute, or by the edge at which they fail.
struct StatusNumbers {
    enum Kind: String, CaseIterable {
        case counts, edges

        /// The options that choose what is counted.
        var options: [String] {
            switch self {
            case .counts: ["namespace", "since", "until"]
            case .edges: ["namespace", "since", "limit"]
            }
        }
    }

    let kind: Kind
    let client: GatewayClient
    let isJSON: Bool

    func run(_ arguments: Arguments) throws -> ExitCode {
        let query = kind.options.compactMap { option in
            arguments.value(option).map { "\(option)=\(RequestList.escaped($0))" }
        }
        let path = "/status/\(kind.rawValue)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let answer = try client.call("GET", path, timeout: .seconds(10))
        guard !isJSON else {
            Output.json(answer)
            return .ok
        }
        do {
            Output.text(try JSONParser(bytesMax: 4 << 20).parse(answer, kind == .counts ? Self.minutes : Self.edges))
        } catch {
            throw CommandError(.unavailable, "what answered at \(client.base) is no gateway: \(error)")
        }
        return .ok
    }

    private static func minutes(_ root: JSONValue) throws -> String {
        guard let minutes = root["minutes"] else { throw JSONError(message: "the answer has no minutes") }
        guard minutes.count > 0 else { return "no requests" }
        var table = Table(["MINUTE", "PUBLISHED", "COMPLETED", "FAILED"])
        minutes.forEachElement { minute in
            let numbers = [minute["published"], minute["completed"], minute["failed"]].map { $0?.int64 ?? 0 }
            table.add([minute["minute"]?.string ?? ""] + numbers.map { "\($0)" })
        }
        return table.text
    }

    private static func edges(_ root: JSONValue) throws -> String {
        guard let edges = root["edges"] else { throw JSONError(message: "the answer has no edges") }
        guard edges.count > 0 else { return "no failing edges" }
        var table = Table(["EDGE", "DEAD", "DEFERRED", "LAST", "ERROR"])
        edges.forEachElement { edge in
            let last = edge["last"]
            let error = [last?["class"]?.string, last?["message"]?.string].compactMap { $0 }.joined(separator: ": ")
            table.add([
                edge["edge"]?.string ?? "", "\(edge["dead"]?.int64 ?? 0)", "\(edge["deferred"]?.int64 ?? 0)",
                last?["at"]?.string ?? "", error,
            ])
        }
        let isComplete = root["complete"]?.bool ?? true
        return table.text + (isComplete ? "" : "\nonly the newest of the requests that fail were counted")
    }
}
