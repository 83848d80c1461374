import Foundation

/// The `cachesync` of this build, or the one that `MEASURED_COMMAND` names.
public enum BuiltCommand {
    public static let path = ProcessInfo.processInfo.environment["MEASURED_COMMAND"] ?? ownPath

    /// That of this build in any case.
    public static let ownPath = URL(filePath: ProcessInfo.processInfo.arguments[0]).resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "cachesync").path

    /// Starts it in the background.
    public static func startProcess(
        _ arguments: [String], environment: [String: String] = [:], output: String? = nil
    ) throws -> ChildProcess {
        try ChildProcess([path] + arguments, environment: environment, output: output)
    }

    /// Runs it to its end, within a minute.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> (exitCode: Int32, output: String) {
        try runCommand([path] + arguments, environment: environment, input: input)
    }

    /// The same, with standard output and standard error apart.
    public static func runApart(_ arguments: [String]) throws -> (exitCode: Int32, output: String, messages: String) {
        let directory = try TemporaryDirectory("command")
        let messages = directory.file("notes")
        let result = try runCommand(["sh", "-c", "exec \"$0\" \"$@\" 2>'\(messages)'", path] + arguments)
        return (result.exitCode, result.output, try String(contentsOfFile: messages, encoding: .utf8))
    }
}

/// Runs any command to its end; standard output and error come together. Standard input is the file `input`.
public func runCommand(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
    within deadline: Duration = .seconds(60)
) throws -> (exitCode: Int32, output: String) {
    let directory = try TemporaryDirectory("command")
    let output = directory.file("output")
    let process = try ChildProcess(arguments, environment: environment, input: input, output: output)
    let code = try process.waitForExit(within: deadline)
    return (code, (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
}

/// The top folder of the checkout that the tests were built from.
public enum Checkout {
    public static let path: String = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
}
