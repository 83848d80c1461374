import Foundation
import Invalidations
import Kafka
import Replayer
import Replays
import Runtime

/// Options that select what a run reads, as `replay` and `dead` share them.
struct RunOptions {
    private let settings: Settings
    private let arguments: Arguments
    private let command: String

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
        command = "cachesync " + arguments.path.joined(separator: " ")
    }

    func planner() throws -> RunPlanner { RunPlanner(try settings.replays(kafka: settings.kafka())) }

    /// - Parameter from: where the option is not given; nil where it must be, or `--until`.
    func bounds(from: String?) throws -> TimeBounds {
        do {
            return try TimeBounds(
                from: arguments.value("from") ?? from, until: arguments.value("until"), now: .now())
        } catch {
            throw refusal("\(error)")
        }
    }

    /// The order that these options stand for.
    func order(_ kind: RunOrder.Kind, _ ranges: [LogRange], wanted: RunOrder.Wanted) throws -> RunOrder {
        var spec = RunSpec(ranges)
        spec.namespaces = list("namespace")
        spec.tags = list("tag")
        spec.urls = list("url")
        spec.sources = list("source")
        spec.priorities = list("priority")
        spec.selectorKinds = list("selector-kind")
        spec.edges = list("edge")
        spec.classes = list("class")
        spec.only = arguments.value("only").flatMap { RunSpec.Only(rawValue: $0) }
        spec.releaseQuarantine = arguments.has("release-quarantine") ? true : nil
        spec.rate = try rate()
        spec.window = try number("window", in: 1...1_000_000)
        spec.max = try number("max", in: 1...Int(Int32.max)).map { Int64($0) }
        if let text = arguments.value("content-from") { spec.contentFrom = TimeText(try time(text)) }
        let deadLetters = arguments.positionals(DeadCommand.deadLetter)
        if !deadLetters.isEmpty { spec.deadLetters = deadLetters }
        let order = RunOrder(
            kind: kind, spec: spec, who: Self.who, reason: arguments.value("reason") ?? "", wanted: wanted, at: .now())
        do { try order.validate() } catch { throw refusal("\(error)") }
        return order
    }

    /// Shows the plan, asks, orders the run, and follows it.
    ///
    /// - Parameter expected: how many the caller has seen; another number is refused.
    func carryOut(
        _ order: RunOrder, _ plan: RunPlan, _ ranges: [ResolvedRange], expected: Int? = nil
    ) throws -> ExitCode {
        let (verb, things) = order.kind == .redrive ? ("redrive", "dead letters") : ("replay", "requests")
        if !settings.isJSON { Output.text(RunText.plan(plan, ranges)) }
        let found = Int(clamping: plan.counts.published)
        if let expected, expected != found { throw RunError.countDiffers(expected: expected, found: found) }
        guard found > 0 else {
            Output.notice("there is nothing to \(verb)")
            return .ok
        }
        guard try confirm("\(verb.capitalized) \(found) \(things) \(words)?") else { return .failure }
        let id = RequestID(at: .now()).text
        let follower = RunFollower(control: ControlLog(try settings.kafka()), isJSON: settings.isJSON)
        try follower.startRun(order, id: id)
        return arguments.has("detach") ? .ok : try follower.follow(id)
    }

    /// The selection in words, for a question.
    private var words: String {
        let names = [
            "namespace", "tag", "url", "source", "priority", "selector-kind", "edge", "class", "only", "from", "until",
            "content-from",
        ]
        let words = names.compactMap { name in list(name).map { "\(name) \($0.joined(separator: " or "))" } }
        return words.isEmpty ? "without a filter" : "with " + words.joined(separator: ", ")
    }

    /// Asks on a terminal; elsewhere only `--yes` lets it go on.
    private func confirm(_ question: String) throws -> Bool {
        if arguments.has("yes") { return true }
        guard !settings.isJSON, isatty(0) == 1, isatty(2) == 1 else {
            throw refusal("nothing was done: add --yes where nobody can be asked")
        }
        Output.raw("\(question) [y/N] ")
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }

    func rate() throws -> Double? {
        guard let text = arguments.value("rate") else { return nil }
        let number = text.hasSuffix("/s") ? text.dropLast(2) : text[...]
        guard let rate = Double(number), rate > 0, rate <= 1_000_000 else {
            throw refusal("--rate \(text) is no rate: write 200 or 200/s")
        }
        return rate
    }

    func refusal(_ problem: String) -> UsageError { UsageError(problem, command: command) }

    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = arguments.value(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw refusal("--\(name) \(text) is no number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Who gives the order, as the audit shows it.
    static var who: String {
        let user = ProcessInfo.processInfo.environment["USER"] ?? "uid-\(getuid())"
        return String("\(user)@\(ProcessInfo.processInfo.hostName)".prefix(200))
    }

    private func list(_ name: String) -> [String]? {
        let values = arguments.values(name)
        return values.isEmpty ? nil : values
    }

    private func time(_ text: String) throws -> Timestamp {
        do {
            if case .time(let time) = try TimeBound(text, now: .now()) { return time }
        } catch {
            throw refusal("\(error)")
        }
        throw refusal("--content-from \(text) is no time: write -2h or 2026-11-27T10:00:00Z")
    }
}
