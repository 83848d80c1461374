import Foundation

/// A real varnishd on a free port, with the shipped VCL.
/// It ends at deinit, and with the test process. Starting it compiles the VCL, which takes gcc a second or two.
public final class VarnishServer: Sendable {
    public let port: Int
    public let directory: TemporaryDirectory
    private let process: ChildProcess

    /// "http://127.0.0.1:port", without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// What varnishd has said.
    public var log: String { Self.log(in: directory) }

    public var isRunning: Bool { process.isRunning }

    /// Ends the server now; later connections are refused.
    public func stop() { process.kill() }

    /// - Parameters:
    ///   - originPort: of the origin on 127.0.0.1.
    ///   - vcl: instead of the shipped one; `{origin}` stands for the origin's port.
    ///   - changes: texts in the VCL and what they become; each must be there.
    ///   - memory: of its store, as `varnishd` reads it.
    public init(
        originPort: Int, vcl: String? = nil, changes: [(String, String)] = [], memory: String = "16m"
    ) throws {
        var text =
            try vcl?.replacingOccurrences(of: "{origin}", with: String(originPort)) ?? Self.shippedVCL(originPort)
        for (old, new) in changes {
            guard text.contains(old) else { throw VarnishFailure(description: "the VCL has no \(old)") }
            text = text.replacingOccurrences(of: old, with: new)
        }
        // The free port may be taken by someone else before varnishd binds it: then the next one is tried.
        for attempt in 1...5 {
            let port = try freePort()
            let directory = try TemporaryDirectory("varnish")
            let process = try Self.startProcess(text, port: port, memory, in: directory)
            try eventually("varnishd has compiled its VCL and started its child", within: .seconds(90)) {
                !process.isRunning || Self.log(in: directory).contains("said Child starts")
            }
            if process.isRunning {
                (self.port, self.directory, self.process) = (port, directory, process)
                return
            }
            let lastWords = Self.log(in: directory)
            guard attempt < 5, lastWords.contains("Could not get socket") else {
                throw VarnishFailure(description: lastWords)
            }
        }
        throw VarnishFailure(description: "no free port for varnishd")
    }

    /// The shipped VCL, but for the origin's port.
    private static func shippedVCL(_ originPort: Int) throws -> String {
        let text = try shippedEdgeFile("varnish.vcl")
        let line = ".port = \"8080\";"
        guard text.contains(line) else { throw VarnishFailure(description: "no line \(line)") }
        return text.replacingOccurrences(of: line, with: ".port = \"\(originPort)\";")
    }

    private static func startProcess(
        _ vcl: String, port: Int, _ memory: String, in directory: TemporaryDirectory
    ) throws -> ChildProcess {
        let file = try directory.write("edge.vcl", vcl)
        // The log keeps a reader that is late from missing anything, and headers whole: by default one ends after
        // 255 bytes.
        let parameters = [
            "vsl_space=128M", "vsl_buffer=64k", "vsl_reclen=16k", "thread_pools=1", "thread_pool_min=10",
            "thread_pool_max=200",
        ]
        return try ChildProcess(
            [
                "varnishd", "-F", "-n", directory.file("work"), "-a", "127.0.0.1:\(port)", "-f", file,
                "-s", "malloc,\(memory)",
            ] + parameters.flatMap { ["-p", $0] },
            output: directory.file("varnishd.log"))
    }

    private static func log(in directory: TemporaryDirectory) -> String {
        (try? String(contentsOfFile: directory.file("varnishd.log"), encoding: .utf8)) ?? ""
    }
}

/// varnishd did not start; the description is what it said.
public struct VarnishFailure: Error, CustomStringConvertible {
    public let description: String
}

/// The text of a file under `Examples/edges/`.
public func shippedEdgeFile(_ name: String) throws -> String {
    var folder = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { folder.deleteLastPathComponent() }
    return try String(contentsOf: folder.appendingPathComponent("Examples/edges/\(name)"), encoding: .utf8)
}
