import Foundation
import Invalidations
import JSON
import Runtime

struct StatusCommand {
    private let settings: Settings
    private let arguments: Arguments

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
    }

    func run() throws -> ExitCode {
        let client = try GatewayClient(settings)
        guard let id = arguments.positional("ID") else { return try list(client) }
        guard RequestID(id) != nil else {
            throw UsageError("\(id) is no request id; `cachesync publish` prints one", command: "cachesync status")
        }
        let state: RequestState
        if arguments.has("watch") {
            let follower = RequestFollower(client: client, timeout: try RequestFollower.timeout(arguments))
            state = try follower.follow(id, isQuiet: settings.isJSON)
        } else {
            state = try RequestState(client.call("GET", "/status/\(id)", timeout: .seconds(10)))
        }
        if settings.isJSON { Output.json(state.document) } else { Output.text(state.text) }
        return RequestFollower.exitCode(state)
    }

    private func list(_ client: GatewayClient) throws -> ExitCode {
        var query = ["limit=\(arguments.value("limit") ?? "20")"]
        for name in ["namespace", "state"] {
            if let value = arguments.value(name)?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) {
                query.append("\(name)=\(value)")
            }
        }
        let answer = try client.call("GET", "/status?" + query.joined(separator: "&"), timeout: .seconds(10))
        if settings.isJSON {
            Output.json(answer)
            return .ok
        }
        let lines = try JSONParser(bytesMax: 4 << 20).parse(answer) { root in
            var lines: [String] = []
            root["requests"]?.forEachElement { lines.append(line($0)) }
            return lines
        }
        Output.text(lines.isEmpty ? "no requests" : lines.joined(separator: "\n"))
        return .ok
    }

    private func line(_ request: JSONValue) -> String {
        let edges = "\(request["completedEdges"]?.int64 ?? 0)/\(request["totalEdges"]?.int64 ?? 0)"
        let status = (request["status"]?.string ?? "").padding(toLength: 10, withPad: " ", startingAt: 0)
        return [
            request["requestedAt"]?.string ?? "", request["id"]?.string ?? "", status,
            edges.padding(toLength: 8, withPad: " ", startingAt: 0), request["namespace"]?.string ?? "",
        ].joined(separator: "  ")
    }
}
