import Foundation
import HTTP
import Invalidations
import TestSupport
import Testing

/// Dead letters and runs on the command line: through the gateway, beside an embedded broker.
@Suite(.timeLimit(.minutes(3)))
struct RunTests {
    private static let requests = 5

    private let up: RunningUp
    private let refusing: HTTPServer

    /// Requests of which each is a dead letter at the edge that refuses them.
    init() throws {
        refusing = try HTTPServer(HTTPServerConfiguration()) { request, responder in
            let isPublished = String(decoding: request.body, as: UTF8.self).contains("item-")
            responder.respond(isPublished ? .problem(400, "the key index is broken") : .empty(204))
        }
        up = try RunningUp(
            edges: "  - {name: broken, adapter: http, address: \"http://127.0.0.1:\(refusing.port)\"}",
            settings: "worker: {retryDelays: none, attempts: 1}", gateway: "token: p, operatorToken: o")
        for number in 1...Self.requests {
            let published = try run("publish", "-n", "shop", "-t", "item-\(number)", "--wait", "--token", "p")
            #expect(published.exitCode == 1, "\(published.output)")
        }
        try eventually("the view lists the dead letters") {
            try run("dead", "list", "--json").output.components(separatedBy: "\"deadLetter\"").count == Self.requests
                + 1
        }
    }

    private func run(_ words: String...) throws -> (exitCode: Int32, output: String) {
        try BuiltCommand.run(words + ["--config", up.file])
    }

    private func names() throws -> [String] {
        let lines = try run("dead", "list").output.split(separator: "\n").dropFirst()
        return lines.compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    @Test func deadLettersAreListedShownExportedAndDiscarded() throws {
        let groups = try run("dead", "list", "--group", "edge", "--json")
        #expect(groups.output.contains("{\"group\":\"broken\",\"deadLetters\":\(Self.requests)}"), "\(groups.output)")
        let byValue = try run("dead", "list", "--tag", "item-3", "--group", "class")
        #expect(byValue.exitCode == 0 && byValue.output.contains("1             permanent"), "\(byValue.output)")
        #expect(try run("dead", "list", "--limit", "2").output.contains("there are more; --limit"))
        #expect(try run("dead", "list", "--edge", "recorder").output.contains("no dead letters"))
        #expect(try run("dead", "list", "--until", "-1h").output.contains("no dead letters"))

        let name = try #require(names().first)
        let shown = try run("dead", "show", name)
        #expect(shown.exitCode == 0 && shown.output.contains("cs-dlq-class: permanent"), "\(shown.output)")
        let value = try run("dead", "show", name, "--value")
        #expect(value.exitCode == 0 && value.output.contains("\"item-"), "\(value.output)")
        #expect(try run("dead", "show", "0/999999").exitCode == 66)
        let lines = try run("dead", "export").output.split(separator: "\n")
        #expect(lines.count == Self.requests)
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let value = (object?["value"] as? String).flatMap { Data(base64Encoded: $0) } ?? Data()
            #expect(String(decoding: value, as: UTF8.self).contains("item-"), "\(line)")
        }
        #expect(
            try run("dead", "export", "--tag", "item-1", "--tag", "item-2").output.split(separator: "\n").count == 2)
        #expect(try run("dead", "export", name).output.split(separator: "\n").count == 1)

        let discarded = try run("dead", "discard", name, "--reason", "a test", "--yes")
        #expect(discarded.exitCode == 0, "\(discarded.output)")
        try eventually("the list is shorter") { try names().count == Self.requests - 1 }
        #expect(try !names().contains(name))
        let second = try run("dead", "discard", name, "--reason", "a test", "--yes")
        #expect(second.exitCode == 0 && second.output.contains("there is nothing to discard"), "\(second.output)")
    }

    @Test func aRunIsPlannedStartedAndShown() throws {
        let refused = try run("dead", "redrive", "--expect", "77", "--yes")
        #expect(refused.exitCode == 65 && refused.output.contains("\(Self.requests) dead letters match, not 77"))
        let plan = try run("replay", "plan", "--from", "all", "--edge", "recorder", "--reason", "to see")
        #expect(plan.exitCode == 0 && plan.output.contains("to publish \(Self.requests)"), "\(plan.output)")
        let id = try #require(plan.output.split(separator: " ").last?.trimmingCharacters(in: .whitespacesAndNewlines))
        #expect(RequestID(id) != nil, "\(plan.output)")
        #expect(up.recorder.arrivals.repeats == 0, "a plan does nothing")
        #expect(try run("replay", "resume", id, "--reason", "go").exitCode == 0)
        try eventually("the run is done") { try run("replay", "show", id).output.hasPrefix("done: ") }
        #expect(up.recorder.arrivals.repeats == Self.requests)
        let late = try run("replay", "cancel", id)
        #expect(late.exitCode == 1 && late.output.contains("is done"), "\(late.output)")
        #expect(try run("replay", "show", "nobody").exitCode == 66)

        let redriven = try run("dead", "redrive", "--edge", "broken", "--yes", "--json")
        #expect(redriven.output.contains("\"phase\":\"done\"") || redriven.output.contains("\"phase\":\"paused\""))
        let list = try run("replay", "list")
        #expect(list.exitCode == 0 && list.output.contains(id) && list.output.contains("redrive"), "\(list.output)")
    }
}
