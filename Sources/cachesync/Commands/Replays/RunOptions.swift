import Foundation
import Invalidations
import Kafka
import Replays
import Runtime
import TopicCatalogue

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

    /// - Parameter from: where the option is not given; nil where it must be, or `--until`.
    func bounds(from: String?) throws -> TimeBounds {
        do {
            return try TimeBounds(
                from: arguments.value("from") ?? from, until: arguments.value("until"), now: .now())
        } catch {
            throw refusal("\(error)")
        }
    }

    /// The order that these options stand for. What the gateway would refuse is refused here, with the options' names.
    func request(_ kind: RunOrder.Kind) throws -> RunRequest {
        _ = try bounds(from: kind == .replay ? arguments.value("content-from") : "all")
        let spec = try spec()
        var request = RunRequest(from: arguments.value("from"), until: arguments.value("until"))
        (request.namespaces, request.tags, request.urls) = (spec.namespaces, spec.tags, spec.urls)
        (request.sources, request.priorities) = (spec.sources, spec.priorities)
        (request.selectorKinds, request.edges) = (spec.selectorKinds, spec.edges)
        (request.classes, request.deadLetters) = (spec.classes, spec.deadLetters)
        request.only = spec.only?.rawValue
        request.contentFrom = try arguments.value("content-from").map { try time($0).text }
        request.coalesce = spec.coalesce
        request.skipSuperseded = spec.skipSuperseded
        request.releaseQuarantine = spec.releaseQuarantine
        (request.rate, request.window, request.max) = (spec.rate, spec.window, spec.max.map { Int($0) })
        request.reason = arguments.value("reason")
        if kind == .discard, reason.isEmpty {
            throw refusal("--reason is missing: it is all that is left of what is discarded")
        }
        return request
    }

    /// Selection and pace, for no range.
    func spec() throws -> RunSpec {
        var spec = RunSpec([LogRange(TopicPartition(TopicName.dead, 0), from: 0, to: 0)])
        spec.namespaces = list("namespace")
        spec.tags = list("tag")
        spec.urls = list("url")
        spec.sources = list("source")
        spec.priorities = list("priority")
        spec.selectorKinds = list("selector-kind")
        spec.edges = list("edge")
        spec.classes = list("class")
        spec.only = arguments.value("only").flatMap { RunSpec.Only(rawValue: $0) }
        spec.coalesce = arguments.has("coalesce") ? true : nil
        spec.skipSuperseded = arguments.has("skip-superseded") ? true : nil
        spec.releaseQuarantine = arguments.has("release-quarantine") ? true : nil
        spec.rate = try rate()
        spec.window = try number("window", in: 1...1_000_000)
        spec.max = try number("max", in: 1...Int(Int32.max)).map { Int64($0) }
        let deadLetters = arguments.positionals(DeadCommand.deadLetter)
        for text in deadLetters where DeadLetterName(text) == nil { throw noDeadLetter(text) }
        if !deadLetters.isEmpty { spec.deadLetters = deadLetters }
        do { try spec.validate() } catch { throw refusal("\(error)") }
        return spec
    }

    func noDeadLetter(_ text: String) -> UsageError {
        refusal("\(text) is no dead letter: write PARTITION/OFFSET; `cachesync dead list` shows them")
    }

    /// The selection in words, for a question.
    var words: String {
        let names = [
            "namespace", "tag", "url", "source", "priority", "selector-kind", "edge", "class", "only", "from", "until",
            "content-from",
        ]
        var words = names.compactMap { name in list(name).map { "\(name) \($0.joined(separator: " or "))" } }
        let deadLetters = arguments.positionals(DeadCommand.deadLetter)
        if !deadLetters.isEmpty {
            let others = deadLetters.count > 5 ? " and \(deadLetters.count - 5) others" : ""
            words.append("name \(deadLetters.prefix(5).joined(separator: ", "))\(others)")
        }
        return words.isEmpty ? "without a filter" : "with " + words.joined(separator: ", ")
    }

    var reason: String { arguments.value("reason") ?? "" }

    /// - Throws: `UsageError` where nobody said yes, and nobody can be asked.
    func requireAnswer() throws {
        guard arguments.has("yes") || (!settings.isJSON && isatty(0) == 1 && isatty(2) == 1) else {
            throw refusal("nothing was done: add --yes where nobody can be asked")
        }
    }

    /// Asks on a terminal, unless `--yes` says so.
    func confirm(_ question: String) -> Bool {
        if arguments.has("yes") { return true }
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
