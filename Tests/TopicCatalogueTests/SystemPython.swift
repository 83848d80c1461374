import Foundation

/// The distribution's Python, which other languages' view of the contract is tested with.
enum SystemPython {
    private static let path = "/usr/bin/python3"

    static func has(_ module: String) -> Bool {
        guard let result = try? run("import \(module)") else { return false }
        return result.status == 0
    }

    /// Runs a script and waits for it.
    static func run(_ script: String, _ arguments: [String] = []) throws -> (status: Int32, output: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: path)
        process.arguments = ["-c", script] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
