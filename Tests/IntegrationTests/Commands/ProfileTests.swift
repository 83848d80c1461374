import Foundation
import TestSupport
import Testing

/// What the profile `production` refuses, and what it lets start.
@Suite(.timeLimit(.minutes(2)))
struct ProfileTests {
    private static let edge = "edges: [{name: a, adapter: http, address: \"http://127.0.0.1:9\"}]\n"
    private static let brokers = "kafka: {brokers: [\"127.0.0.1:1\"]}\n"
    private static let token = "gateway: {listen: \"127.0.0.1:0\", token: secret}\n"

    @Test(arguments: [
        ("up", token + "view: {path: /tmp/v.db}", "kafka.brokers"),
        ("gateway", brokers + "gateway: {listen: \"127.0.0.1:0\"}\nview: {path: /tmp/v.db}", "asks for no credential"),
        ("gateway", brokers + "gateway: {open: true}\nview: {path: /tmp/v.db}", "asks for no credential"),
        (
            "gateway", brokers + "gateway: {listen: \"0.0.0.0:0\", token: secret}\nview: {path: /tmp/v.db}",
            "in plain text"
        ),
        ("gateway", brokers + token, "view.path"),
        ("projector", brokers, "view.path"),
        ("cache", brokers + "cache: {listen: \"127.0.0.1:0\"}", "asks for no credential"),
        ("cache", brokers + "cache: {listen: \"0.0.0.0:0\", token: secret}", "in plain text"),
    ])
    func whatIsForTryingOutIsRefused(_ command: String, _ text: String, _ words: String) throws {
        let directory = try TemporaryDirectory("profile")
        try directory.write("cachesync.yaml", "profile: production\n" + Self.edge + text)
        let result = try BuiltCommand.run([command, "--config", directory.file("cachesync.yaml")])
        #expect(result.exitCode == 78 && result.output.contains(words), "\(result.output)")
    }

    @Test func anUnknownProfileIsRefused() throws {
        let result = try BuiltCommand.run(["doctor", "--profile", "staging"])
        #expect(result.exitCode == 64 && result.output.contains("production"), "\(result.output)")
    }

    @Test func aClosedGatewayStartsAndLogsJSON() throws {
        let directory = try TemporaryDirectory("profile")
        let view = "view: {path: \(directory.file("view.db"))}\n"
        try directory.write("cachesync.yaml", Self.edge + Self.brokers + Self.token + view)
        let log = directory.file("gateway.log")
        let process = try BuiltCommand.startProcess(
            ["gateway", "--profile", "production", "--config", directory.file("cachesync.yaml")], output: log)
        try eventually("it listens") {
            let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
            return text.contains("\"listening\"") && text.hasPrefix("{")
        }
        process.signal(SIGTERM)
        #expect(try process.waitForExit(within: .seconds(30)) == 0)
    }
}
