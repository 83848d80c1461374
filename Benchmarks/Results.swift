import Foundation
import TestSupport

/// Figures of one run, each beside its reference.
///
/// Absolute figures differ between machines and hours. A ratio to something that was measured in the same run lasts.
final class Results {
    private enum Aim {
        case atLeast(Double)
        case atMost(Double)
        case none

        func isReached(by value: Double) -> Bool? {
            switch self {
            case .atLeast(let bound): value >= bound
            case .atMost(let bound): value <= bound
            case .none: nil
            }
        }

        func text(_ unit: String) -> String {
            switch self {
            case .atLeast(let bound): "≥ \(Results.number(bound))\(unit)"
            case .atMost(let bound): "≤ \(Results.number(bound))\(unit)"
            case .none: ""
            }
        }
    }

    private var rows: [String] = []

    /// A rate beside the rate of a reference; the aim is a ratio.
    func add(
        _ name: String, _ value: Double, _ unit: String, beside reference: String, _ referenceValue: Double,
        atLeast aim: Double? = nil
    ) {
        append(
            name, value, unit, "\(reference): \(Self.number(referenceValue))", value / referenceValue,
            aim.map(Aim.atLeast) ?? .none, "")
    }

    /// A time beside the time of a reference; the aim is a ratio.
    func add(
        _ name: String, _ value: Double, _ unit: String, beside reference: String, _ referenceValue: Double,
        atMost aim: Double
    ) {
        append(
            name, value, unit, "\(reference): \(Self.number(referenceValue))", value / referenceValue, .atMost(aim), "")
    }

    /// A figure whose aim is absolute.
    func add(_ name: String, _ value: Double, _ unit: String, atMost aim: Double) {
        append(name, value, unit, "", nil, .atMost(aim), " " + unit)
    }

    /// The same, where more is better.
    func add(_ name: String, _ value: Double, _ unit: String, atLeast aim: Double) {
        append(name, value, unit, "", nil, .atLeast(aim), " " + unit)
    }

    /// A figure without an aim.
    func add(_ name: String, _ value: Double, _ unit: String) {
        append(name, value, unit, "", nil, .none, "")
    }

    private func append(
        _ name: String, _ value: Double, _ unit: String, _ reference: String, _ ratio: Double?, _ aim: Aim,
        _ aimUnit: String
    ) {
        let ratioText = ratio.map { String(format: "%.2f", $0) } ?? ""
        let reached = aim.isReached(by: ratio ?? value).map { $0 ? "yes" : "no" } ?? ""
        let row = [name, "\(Self.number(value)) \(unit)", reference, ratioText, aim.text(aimUnit), reached]
        rows.append("| " + row.joined(separator: " | ") + " |")
        print("  " + row.filter { !$0.isEmpty }.joined(separator: "   "))
    }

    /// Writes all of it as a page with the machine, the day and the commit.
    ///
    /// - Parameter file: the path; the file is replaced.
    func write(to file: String) throws {
        let commit = try? runCommand(["git", "describe", "--always", "--dirty"])
        let processors = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = processors.split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last
        let day = Date.now.formatted(.iso8601.year().month().day())
        let text = """
            # Figures of `make bench`

            Measured on \(day) at commit \(commit?.output.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"):
            \(ProcessInfo.processInfo.processorCount) processors\(model.map { " (\($0.drop { $0 == " " }))" } ?? ""). \
            Broker, servers, load and reference share them.
            Read the ratios: each is taken in one run. `make bench` writes this page.

            | figure | here | reference in the same run | ratio | aim | reached |
            |---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))

            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    private static func number(_ value: Double) -> String {
        switch abs(value) {
        case 1_000...: String(Int(value.rounded()))
        case 10...: String(format: "%.1f", value)
        default: String(format: "%.2f", value)
        }
    }
}
