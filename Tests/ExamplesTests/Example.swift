import Foundation
import TestSupport

/// Runs what stands in the checkout as its users do.
enum Example {
    static let checkout = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func path(_ name: String) -> String { "\(checkout)/Examples/\(name)" }

    /// Waits for the program's end.
    /// - Returns: its exit status and what it wrote to either output.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], within deadline: Duration = .seconds(60)
    ) throws -> (status: Int32, output: String) {
        let directory = try TemporaryDirectory("example")
        let output = directory.file("output")
        let status = try ChildProcess(arguments, environment: environment, output: output)
            .waitForExit(within: deadline)
        return (status, try String(contentsOfFile: output, encoding: .utf8))
    }

    static func has(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    static func pythonHas(_ module: String) -> Bool {
        (try? run(["/usr/bin/python3", "-c", "import \(module)"]).status) == 0
    }
}
