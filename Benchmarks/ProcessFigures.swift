import Foundation

/// What the kernel tells of a process.
enum ProcessFigures {
    /// - Parameter field: such as `VmHWM:`, the most memory that it ever had.
    /// - Returns: 0 for a process that has ended.
    static func kilobytes(_ field: String, of process: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
        return Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
    }
}
