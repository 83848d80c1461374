import Foundation
import TestSupport

/// Compares the instructions of the hot paths with those that the repository keeps.
struct OperationsCheck {
    /// Another compiler makes other code of the same sources: then only what is much more counts.
    private static let otherCompilerFactor = 6

    let counter = InstructionCounter()

    /// Writes the page; margins that somebody has set stay.
    func renew() throws {
        let margins = (try? known())?.rows.map { ($0.operation, $0.margin) } ?? []
        let byName = Dictionary(margins) { first, _ in first }
        let rows = zip(HotPaths.all, try counter.count()).map { operation, instructions in
            InstructionTable.Row(
                operation: operation.name, instructions: instructions,
                margin: byName[operation.name] ?? InstructionTable.usualMargin)
        }
        let table = InstructionTable(try InstructionCounter.setting(), rows)
        try table.text.write(toFile: InstructionTable.file, atomically: true, encoding: .utf8)
        for row in rows { print("\(row.operation): \(row.instructions)") }
    }

    /// - Returns: the exit code of the command.
    func run() throws -> Int32 {
        let table = try known()
        let here = try InstructionCounter.setting()
        guard here.machine == table.setting.machine else {
            print("skipped: counted on \(table.setting.machine), and this is \(here.machine)")
            return 75
        }
        let factor = here == table.setting ? 1 : Self.otherCompilerFactor
        if factor > 1 { print("other compiler than \(table.setting.compiler): margins are \(factor) times as wide") }
        let kept = Dictionary(table.rows.map { ($0.operation, $0) }) { first, _ in first }
        var faults = table.rows.map(\.operation).filter { name in !HotPaths.all.contains { $0.name == name } }
            .map { "\($0): is in the table, and no operation" }
        for (operation, instructions) in zip(HotPaths.all, try counter.count()) {
            guard let row = kept[operation.name] else {
                faults.append("\(operation.name): \(instructions), not in the table yet")
                continue
            }
            let change = (Double(instructions) / Double(row.instructions) - 1) * 100
            let line = String(format: "%d instructions, kept %d: %+.1f %%", instructions, row.instructions, change)
            print("\(operation.name): \(line)")
            if change > Double(row.margin * factor) { faults.append("\(operation.name): \(line)") }
        }
        guard !faults.isEmpty else { return 0 }
        print("`cachesync-bench operations renew` keeps the counts of a change that is worth them.")
        for fault in faults { print("too much: \(fault)") }
        return 1
    }

    private func known() throws -> InstructionTable {
        try InstructionTable(reading: String(contentsOfFile: InstructionTable.file, encoding: .utf8))
    }
}
