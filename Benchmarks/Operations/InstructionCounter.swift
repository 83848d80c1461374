import Foundation
import TestSupport

/// Counts the instructions of the hot paths, in a process of its own under callgrind.
///
/// Unlike times, counts are the same on a busy machine: seeds, clocks and ids are fixed.
struct InstructionCounter {
    /// The word behind `operations` that makes this program the one that is counted.
    static let countedWord = "counted"

    /// Why nothing can be counted here; nil where it can.
    static var missing: String? {
        guard let found = try? runCommand(["valgrind", "--version"]), found.exitCode == 0 else {
            return "valgrind is not installed"
        }
        return nil
    }

    /// What the counts depend on beside the sources.
    static func setting() throws -> InstructionTable.Setting {
        let version = try runCommand(["swift", "--version"])
        let line = version.output.split(separator: "\n").first { $0.contains("version") }
        guard version.exitCode == 0, let line else { throw BenchmarkError("swift --version: \(version.output)") }
        let machine = try runCommand(["uname", "-m"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        return InstructionTable.Setting(machine: machine, compiler: line.trimmingCharacters(in: .whitespaces))
    }

    /// - Returns: instructions of one operation each, in the order of `HotPaths`.
    func count() throws -> [Int] {
        let directory = try TemporaryDirectory("operations")
        let dumps = directory.file("dump")
        let own = URL(filePath: ProcessInfo.processInfo.arguments[0]).resolvingSymlinksInPath().path
        // Valgrind of today's distributions gives up at what Swift writes for debuggers, and needs none of it.
        let program = directory.file("cachesync-bench")
        let stripped = try runCommand(["strip", "--strip-debug", "-o", program, own])
        guard stripped.exitCode == 0 else { throw BenchmarkError("strip: \(stripped.output)") }
        let result = try runCommand(
            [
                "valgrind", "--tool=callgrind", "--callgrind-out-file=\(dumps)",
                // What `Operation` calls as its mark.
                "--dump-before=*getppid*", program, "operations", Self.countedWord,
            ],
            // That library picks its code by the processor; this one every x86-64 processor of ten years has.
            environment: ["SWIFT_DETERMINISTIC_HASHING": "1", "SIMDJSON_FORCE_IMPLEMENTATION": "westmere"],
            within: .seconds(300))
        guard result.exitCode == 0 else { throw BenchmarkError("under callgrind: \(result.output.suffix(2_000))") }
        // Each mark ends a part; every second one is what lies between the two marks of an operation.
        return try HotPaths.all.enumerated().map { index, operation in
            try Self.total(of: "\(dumps).\(2 * index + 2)") / operation.count
        }
    }

    private static func total(of file: String) throws -> Int {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let line = text.split(separator: "\n").last { $0.hasPrefix("totals:") || $0.hasPrefix("summary:") }
        guard let total = line?.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw BenchmarkError("\(file) has no totals")
        }
        return total
    }
}
