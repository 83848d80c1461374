import Basics
import Caches
import JSON
import Runtime

/// What the commands of a rollout send to a cache node.
struct RolloutOrderText {
    private static let overMax = Duration.seconds(315_360_000)

    let bytes: [UInt8]

    /// - Parameter order: the command's name.
    init(_ order: String, _ arguments: Arguments, who: String) throws {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("order", order)
        writer.member("who", who)
        if let reason = arguments.value("reason") { writer.member("reason", reason) }
        if ["shadow", "canary", "writes"].contains(order) {
            guard let text = arguments.value("percent") else {
                throw UsageError("the share is missing: give --percent", command: "cachesync rollout \(order)")
            }
            guard let share = RolloutShare(text) else {
                throw UsageError(
                    "--percent: \(text) is no percentage from 0 to 100", command: "cachesync rollout \(order)")
            }
            writer.key("percent")
            writer.raw(share.description.utf8)
        }
        if order == "cutover", let over = try Self.duration("over", arguments, in: .zero...Self.overMax) {
            writer.key("overSeconds")
            writer.double(over.secondsAndFraction)
        }
        try Self.writeGuards(arguments, into: &writer)
        writer.endObject()
        bytes = writer.bytes
    }

    private static func writeGuards(_ arguments: Arguments, into writer: inout JSONWriter) throws {
        let names = ["max-mismatch", "max-errors", "max-p99", "guard-samples", "on-guard"]
        guard arguments.has("allow-dead") || names.contains(where: { arguments.value($0) != nil }) else { return }
        writer.key("guards")
        writer.beginObject()
        for (option, name) in [("max-mismatch", "mismatchMax"), ("max-errors", "errorsMax")] {
            guard let text = arguments.value(option) else { continue }
            // A share of keys has three decimals; a bound has as many as it was given.
            guard RolloutShare(text) != nil, let percent = Double(text) else {
                throw CommandError(.usage, "--\(option): \(text) is no percentage from 0 to 100")
            }
            writer.key(name)
            writer.double(percent)
        }
        if let time = try duration("max-p99", arguments, in: .milliseconds(1)...(.seconds(3_600))) {
            writer.member("p99Milliseconds", Int64(time / .milliseconds(1)))
        }
        if arguments.has("allow-dead") { writer.member("allowDead", true) }
        if let text = arguments.value("guard-samples") {
            guard let count = Int64(text) else { throw CommandError(.usage, "--guard-samples: \(text) is no number") }
            writer.member("samplesMin", count)
        }
        if let action = arguments.value("on-guard") { writer.member("action", action) }
        writer.endObject()
    }

    static func duration(
        _ option: String, _ arguments: Arguments, in range: ClosedRange<Duration>
    ) throws -> Duration? {
        guard let text = arguments.value(option) else { return nil }
        return try ConfigurationValue(key: option, text: text, origin: .flag(option)).duration(in: range)
    }
}
