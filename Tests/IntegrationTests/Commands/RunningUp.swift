import Foundation
import HTTP
import TestSupport

/// `cachesync up` on its embedded broker, with an edge that remembers what it was asked.
final class RunningUp {
    let directory: TemporaryDirectory
    let recorder: PurgeRecorder
    let gateway: String
    private(set) var process: ChildProcess

    /// - Parameters:
    ///   - edges: lines of the configuration behind the recording edge.
    ///   - settings: sections before the edges.
    ///   - gateway: members of the gateway's section.
    init(edges: String = "", settings: String = "", gateway members: String = "") throws {
        directory = try TemporaryDirectory("up")
        recorder = try PurgeRecorder()
        let port = try freePort()
        gateway = "http://127.0.0.1:\(port)"
        try directory.write(
            "cachesync.yaml",
            """
            gateway: {listen: "127.0.0.1:\(port)"\(members.isEmpty ? "" : ", \(members)")}
            \(settings)
            edges:
              - name: recorder
                adapter: http
                address: "\(recorder.address)"
                namespaces: [shop, blog]
                limits: {requests: none}
            \(edges)
            """)
        process = try Self.startProcess(in: directory)
        try waitUntilReady()
    }

    var file: String { directory.file("cachesync.yaml") }

    /// Ends it, runs `body`, and starts it again at the same address.
    func restart(_ body: () -> Void) throws {
        process.signal(SIGTERM)
        try process.waitForExit()
        body()
        process = try Self.startProcess(in: directory)
        try waitUntilReady()
    }

    func run(_ arguments: String...) throws -> (exitCode: Int32, output: String) {
        try BuiltCommand.run(arguments + ["--config", file])
    }

    private static func startProcess(in directory: TemporaryDirectory) throws -> ChildProcess {
        try BuiltCommand.startProcess(
            ["up", "--config", directory.file("cachesync.yaml")], output: directory.file("up.log"))
    }

    private func waitUntilReady() throws {
        try eventually("the gateway is ready", within: .seconds(60)) {
            guard process.isRunning else { throw KillWorldError(description: "up ended") }
            return (try? HTTPFetch.perform(HTTPClientRequest(method: "GET", url: gateway + "/health/ready")))?.status
                == 200
        }
    }
}
