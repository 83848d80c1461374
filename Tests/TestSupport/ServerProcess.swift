import Foundation

/// A real server of some kind on a free port. It ends at deinit, and with the test process.
public final class ServerProcess: Sendable {
    public let port: Int
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// - Parameter launch: starts the server on that port, with its files in that directory and its words in the file
    ///   `output` there.
    init(_ name: String, _ launch: (_ port: Int, _ directory: TemporaryDirectory) throws -> ChildProcess) throws {
        var lastWords = ""
        // The free port may be taken by someone else before the server binds it: then the next one is tried.
        for _ in 1...5 {
            let port = try freePort()
            let directory = try TemporaryDirectory(name)
            let process = try launch(port, directory)
            try eventually("\(name) accepts connections") { !process.isRunning || accepts(port: port) }
            if process.isRunning {
                (self.port, self.directory, self.process) = (port, directory, process)
                return
            }
            lastWords = (try? String(contentsOfFile: directory.file("output"), encoding: .utf8)) ?? ""
        }
        throw ServerFailure(description: "\(name): \(lastWords)")
    }

    /// Whether a test can have such a server.
    public static func isInstalled(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        // With a type of their own: Swift takes parts and literals for a list of anything otherwise.
        let folders: [String] = path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin"]
        return folders.contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }
}

/// A server did not come up; the description is what it said.
public struct ServerFailure: Error, CustomStringConvertible {
    public let description: String
}

/// The text with other words in it; each of the old ones must be there.
func replacing(_ changes: [(String, String)], in text: String) throws -> String {
    try changes.reduce(text) { text, change in
        guard text.contains(change.0) else { throw ServerFailure(description: "no \(change.0) in \(text)") }
        return text.replacingOccurrences(of: change.0, with: change.1)
    }
}
