import Foundation
import JSON
import TestSupport
import Testing

/// Lists of the commands: pages, JSON, and `--watch`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ListTests {
    private let up: RunningUp

    init() throws {
        up = try RunningUp(
            edges: "  - {name: other, adapter: http, address: \"http://127.0.0.1:9\", namespaces: [nobody]}")
    }

    /// The elements of the one array that standard output holds.
    private func array(_ arguments: [String]) throws -> (elements: [String], messages: String, exitCode: Int32) {
        let result = try BuiltCommand.runApart(arguments + ["--json", "--config", up.file])
        let elements = try JSONParser(bytesMax: 8 << 20).parse(Array(result.output.utf8)) { root in
            #expect(root.kind == .array, "\(result.output)")
            var ids: [String] = []
            root.forEachElement { ids.append($0["id"]?.string ?? $0["edge"]?.string ?? $0["topic"]?.string ?? "") }
            return ids
        }
        return (elements, result.messages, result.exitCode)
    }

    @Test func listsAreOneArray() throws {
        #expect(try array(["edges", "list"]).elements == ["recorder", "other"])
        #expect(try array(["topics", "list"]).elements.contains("cachesync.dead"))
        let checked = try array(["edges", "check"])
        #expect(checked.elements == ["recorder", "other"] && checked.exitCode == 1)
        #expect(try array(["status"]).elements.isEmpty)
    }

    @Test func doctorIsOneDocument() throws {
        let result = try BuiltCommand.runApart(["doctor", "--json", "--config", up.file])
        try JSONParser(bytesMax: 1 << 20).parse(Array(result.output.utf8)) { root in
            #expect(root["file"]?.string == up.file)
            #expect((root["settings"]?.count ?? 0) > 20 && (root["checks"]?.count ?? 0) >= 6)
        }
    }

    @Test func aListIsReadPageByPageAndGoesOnWhereItEnded() throws {
        let text = (1...1_100).map { #"{"namespace":"shop","tags":["tag-\#($0)"]}"# + "\n" }.joined()
        let input = try up.directory.write("input", text)
        #expect(try up.run("publish", "-f", input).exitCode == 0)
        try eventually("all are in the view") { try array(["status", "--limit", "10000"]).elements.count == 1_100 }

        // More than the gateway gives at a time.
        let first = try array(["status", "--limit", "700", "--namespace", "shop"])
        #expect(first.elements.count == 700)
        let command = try #require(first.messages.split(separator: "\n").last { $0.contains("--after ") })
        let words = command.split(separator: " ").map(String.init)
        let cursor = words[try #require(words.firstIndex(of: "--after")) + 1]
        #expect(command.contains("--namespace shop --limit 700"), "the remedy is complete: \(command)")
        let second = try array(["status", "--limit", "700", "--namespace", "shop", "--after", cursor])
        #expect(second.elements.count == 400 && second.messages.isEmpty)
        #expect(Set(first.elements + second.elements).count == 1_100)
        #expect(try up.run("status", "--after", "nonsense").exitCode == 65)
    }

    @Test func watchingTheListTellsEachChange() throws {
        let log = up.directory.file("watch.log")
        let watch = try BuiltCommand.startProcess(["status", "--watch", "--config", up.file], output: log)
        defer { watch.kill() }
        func lines() -> [String] {
            ((try? String(contentsOfFile: log, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        }
        #expect(try up.run("publish", "-n", "shop", "-t", "a").exitCode == 0)
        try eventually("the request is told") { lines().contains { $0.contains("completed") && $0.contains("shop") } }
        #expect(try up.run("publish", "-n", "blog", "-t", "b").exitCode == 0)
        try eventually("the next one is told, too") { lines().contains { $0.contains("blog") } }
        #expect(
            lines().filter { $0.contains("completed") && $0.contains("shop") }.count == 1, "what stays is not repeated")
        #expect(try up.run("status", "--watch", "--timeout", "5s").exitCode == 0)
    }

    /// On a terminal the list is drawn anew in its place.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
    func onATerminalTheListIsRewritten() throws {
        #expect(try up.run("publish", "-n", "shop", "-t", "a", "--wait").exitCode == 0)
        let command = "'\(BuiltCommand.path)' status --watch --timeout 5s --config '\(up.file)'"
        let result = try runCommand(["script", "-qec", command, "/dev/null"])
        #expect(result.exitCode == 0 && result.output.contains("\u{1B}[H") && result.output.contains("completed"))
    }

    @Test func oneEdgeIsCheckedByItsName() throws {
        let one = try up.run("edges", "check", "recorder")
        #expect(one.exitCode == 0 && !one.output.contains("other"), "\(one.output)")
        let both = try up.run("edges", "check", "recorder", "other")
        #expect(both.exitCode == 1 && both.output.contains("FAIL  other"))
        let unknown = try up.run("edges", "check", "recroder")
        #expect(unknown.exitCode == 66 && unknown.output.contains("did you mean recorder?"), "\(unknown.output)")
    }

    /// `gateway.url` is not set here: the commands go to where the gateway listens.
    @Test func theGatewayIsFoundWhereItListens() throws {
        let published = try up.run("publish", "-n", "shop", "-t", "a", "--wait")
        #expect(published.exitCode == 0, "\(published.output)")
        let elsewhere = try BuiltCommand.run(
            ["status", "--config", up.file], environment: ["CACHESYNC_GATEWAY_URL": "http://127.0.0.1:9"])
        #expect(elsewhere.exitCode == 69)
    }
}
