import Foundation

/// The page that keeps the instructions of each operation.
struct InstructionTable {
    /// What counts depend on beside the sources.
    struct Setting: Equatable {
        /// Such as "x86_64".
        let machine: String
        /// As `swift --version` calls itself.
        let compiler: String
    }

    struct Row {
        let operation: String
        let instructions: Int
        /// In percent.
        let margin: Int
    }

    static let file = "Benchmarks/Operations/INSTRUCTIONS.md"
    static let usualMargin = 5

    let setting: Setting
    let rows: [Row]

    init(_ setting: Setting, _ rows: [Row]) {
        (self.setting, self.rows) = (setting, rows)
    }

    /// - Throws: for a page that is none of those that `text` writes.
    init(reading text: String) throws {
        let lines = text.split(separator: "\n")
        func value(_ name: String) throws -> String {
            guard let line = lines.first(where: { $0.hasPrefix(name) }) else {
                throw BenchmarkError("\(Self.file) does not say: \(name)")
            }
            return line.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
        }
        setting = Setting(machine: try value(Self.machineWord), compiler: try value(Self.compilerWord))
        rows = lines.compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 3, let instructions = Int(cells[1]),
                let margin = Int(cells[2].dropLast(2))
            else { return nil }
            return Row(operation: cells[0], instructions: instructions, margin: margin)
        }
    }

    private static let machineWord = "- Processor:"
    private static let compilerWord = "- Compiler:"

    var text: String {
        """
        # Instructions of the hot paths

        How many instructions one operation needs, counted by callgrind; `HotPaths.swift` has the operations.
        `cachesync-bench operations` counts them anew and fails where one has grown by more than its margin, and so does
        `make test`. After a change that is worth its cost, `cachesync-bench operations renew` writes this page.

        \(Self.machineWord) \(setting.machine)
        \(Self.compilerWord) \(setting.compiler)

        | operation | instructions | margin |
        |---|---|---|
        \(rows.map { "| \($0.operation) | \($0.instructions) | \($0.margin) % |" }.joined(separator: "\n"))

        """
    }
}
