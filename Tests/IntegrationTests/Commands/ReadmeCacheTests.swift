import Foundation
import HTTP
import TestSupport
import Testing

/// The cache's commands of README as a new user types them, with the real curl.
@Suite(.timeLimit(.minutes(2)))
struct ReadmeCacheTests {
    private let directory: TemporaryDirectory
    private let recorder: PurgeRecorder
    private let (gateway, node): (Int, Int)

    init() throws {
        directory = try TemporaryDirectory("readme")
        recorder = try PurgeRecorder()
        (gateway, node) = (try freePort(), try freePort())
        try directory.write(
            "cachesync.yaml",
            """
            gateway: {listen: "127.0.0.1:\(gateway)"}
            cache: {listen: "127.0.0.1:\(node)", memory: 16MiB}
            edges: [{name: recorder, adapter: http, address: "\(recorder.address)"}]
            """)
        // What it shows of its progress is no answer.
        try directory.write(".curlrc", "silent\nshow-error\nmax-time = 20\n")
    }

    /// The first commands of the section about the cache, at free ports.
    private func commands() throws -> [String] {
        let text = try String(contentsOfFile: "\(Checkout.path)/README.md", encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n**9. ").dropFirst().first)
        let block = try #require(section.components(separatedBy: "```sh\n").dropFirst().first)
        return block.components(separatedBy: "\n```")[0].components(separatedBy: "\n").map {
            $0.replacing(":8090", with: ":\(node)")
        }
    }

    /// In the folder of the configuration, where the command that was built is found first.
    private func shell(_ line: String) -> [String] {
        let built = URL(filePath: BuiltCommand.path).deletingLastPathComponent().path
        return ["bash", "-c", "cd '\(directory.path)' && export PATH='\(built)':\"$PATH\" && \(line)"]
    }

    private func run(_ line: String) throws -> String {
        let result = try runCommand(shell(line), environment: ["CURL_HOME": directory.path])
        #expect(result.exitCode == 0, "\(line): \(result.output)")
        return result.output
    }

    private func waitUntilReady(_ port: Int, _ process: ChildProcess) throws {
        try eventually("\(port) is ready", within: .seconds(60)) {
            guard process.isRunning else { throw KillWorldError(description: "up ended") }
            let request = HTTPClientRequest(method: "GET", url: "http://127.0.0.1:\(port)/health/ready")
            return (try? HTTPFetch.perform(request))?.status == 200
        }
    }

    @Test func theSectionAboutTheCacheHolds() throws {
        let lines = try commands()
        let beginnings = ["cachesync up --cache", "curl ", "curl -i ", "cachesync publish ", "curl -X PUT "]
        try #require(lines.count == beginnings.count, "\(lines)")
        for (line, beginning) in zip(lines, beginnings) { #expect(line.hasPrefix(beginning), "\(line)") }
        // curl calls what it sends a form, as nobody tells it otherwise.
        #expect(lines[1].contains(" -d ") && lines[4].contains(" -d ") && !lines.contains { $0.contains("-H") })

        let up = try ChildProcess(shell("exec \(lines[0])"), output: directory.file("up.log"))
        for port in [gateway, node] { try waitUntilReady(port, up) }
        #expect(try run(lines[1]) == "{\"success\":true}")
        let shown = try run(lines[2])
        #expect(shown.hasPrefix("HTTP/1.1 200") && shown.hasSuffix("\r\n\r\n{\"price\":1.50}"), "\(shown)")
        for field in ["ETag: \"", "Age: ", "Cache-Status: cachesync; hit; ttl="] {
            #expect(shown.contains(field), "\(field) of \(shown)")
        }
        _ = try run(lines[3])
        try eventually("it is forgotten") { try run(lines[2]).hasPrefix("HTTP/1.1 404") }
        #expect(try run(lines[1]) == "{\"success\":true}")
        #expect(try run("cachesync cache get p42 -n shop") == "{\"price\":1.50}")
        #expect(try run(lines[4]) == "{\"success\":true,\"invalidated\":1}")
        #expect(try run(lines[2]).hasPrefix("HTTP/1.1 404"))
        up.signal(SIGTERM)
        #expect(try up.waitForExit(within: .seconds(30)) == 0)
    }
}
