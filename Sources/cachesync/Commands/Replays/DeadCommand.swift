import Foundation
import Invalidations
import JSON
import Kafka
import Replayer
import Replays
import Runtime
import TopicCatalogue

/// Lists, shows, exports and redrives dead letters.
struct DeadCommand {
    static let deadLetter = "LETTER"

    /// Groups that are told apart.
    private static let groupsMax = 10_000

    private let settings: Settings
    private let arguments: Arguments
    private let options: RunOptions

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
        options = RunOptions(settings, arguments)
    }

    func list() throws -> ExitCode {
        let (planner, order, _) = try ordered(wanted: .planned)
        let limit = try options.number("limit", in: 1...100_000) ?? 50
        let isAll = arguments.has("all")
        var deadLetters: [DeadLetterEntry] = []
        var groups: [String: Int64] = [:]
        var count = 0
        try planner.forEachDeadLetter(order) { deadLetter, isOpen in
            guard isOpen || isAll else { return }
            count += 1
            for name in group(of: deadLetter) {
                let key = groups[name] != nil || groups.count < Self.groupsMax ? name : "others"
                groups[key, default: 0] += 1
            }
            deadLetters.append(deadLetter)
            // The newest are shown.
            if deadLetters.count > 2 * limit { deadLetters = Array(Self.newest(deadLetters).prefix(limit)) }
        }
        if arguments.value("group") != nil { return show(groups) }
        deadLetters = Array(Self.newest(deadLetters).prefix(limit))
        guard settings.isJSON else {
            var table = Table(["LETTER", "TIME", "CLASS", "NAMESPACE", "EDGES", "ATTEMPTS", "REDRIVES", "ERROR"])
            for deadLetter in deadLetters {
                table.add([
                    deadLetter.name, deadLetter.time.map { Timestamp(milliseconds: $0).text } ?? "",
                    deadLetter.deadClass + (deadLetter.isQuarantined ? " (quarantined)" : ""),
                    deadLetter.namespace?.name ?? "",
                    deadLetter.edges.isEmpty ? "-" : deadLetter.edges.joined(separator: ","), "\(deadLetter.attempts)",
                    "\(deadLetter.redrives)", String(deadLetter.error.prefix(80)),
                ])
            }
            Output.text(deadLetters.isEmpty ? "no dead letters" : table.text)
            if count > deadLetters.count { Output.notice("\(count) in all; --limit shows more, --group counts them") }
            return .ok
        }
        var output = JSONList()
        for deadLetter in deadLetters { output.addObject { Self.write(deadLetter, to: &$0) } }
        output.show()
        return .ok
    }

    func show() throws -> ExitCode {
        let position = try position()
        let range = LogRange(
            TopicPartition(TopicName.dead, position.partition), from: position.offset, to: position.offset + 1)
        var isFound = false
        try read([range]) { record, deadLetter in
            isFound = true
            if arguments.has("value") {
                Output.raw(String(decoding: record.value.map { Array($0) } ?? [], as: UTF8.self))
            } else if settings.isJSON {
                Output.object { Self.write(deadLetter, to: &$0) }
            } else {
                for header in record.headers {
                    Output.text("\(header.name): \(String(decoding: header.value ?? [], as: UTF8.self))")
                }
            }
        }
        guard isFound else {
            throw RunError.notReachable(
                "there is no dead letter \(position.partition)/\(position.offset) in the log (any more)")
        }
        return .ok
    }

    /// One JSON document a line: key and value as they are, in base64.
    func export() throws -> ExitCode {
        let (_, order, _) = try ordered(wanted: .planned)
        let rule = try RedriveRule(order.spec)
        // What cannot be decoded here is exported where no filter of its content is given.
        let hasFilter = try !order.spec.filter().isEmpty
        let decoder = InvalidationDecoder()
        try read(order.spec.ranges) { record, deadLetter in
            let isWanted =
                hasFilter
                ? rule.matches(deadLetter, decoded(record.value, deadLetter, decoder))
                : rule.matchesHeaders(of: deadLetter)
            guard isWanted else { return }
            let (key, value) = (record.key.map { Array($0) } ?? [], record.value.map { Array($0) } ?? [])
            Output.object { writer in
                Self.write(deadLetter, to: &writer)
                writer.member("key", Data(key).base64EncodedString())
                writer.member("value", Data(value).base64EncodedString())
            }
        }
        return .ok
    }

    func redrive() throws -> ExitCode {
        let (planner, order, ranges) = try ordered(wanted: .running)
        let plan = try planner.plan(order)
        return try options.carryOut(
            order, plan, ranges, expected: options.number("expect", in: 0...Int(Int32.max)))
    }

    // MARK: - Reading

    private func ordered(wanted: RunOrder.Wanted) throws -> (RunPlanner, RunOrder, [ResolvedRange]) {
        let planner = try options.planner()
        let ranges = try planner.resolve(topics: [TopicName.dead], options.bounds(from: "all"))
        return (planner, try options.order(.redrive, ranges.map(\.range), wanted: wanted), ranges)
    }

    private func read(_ ranges: [LogRange], _ body: (borrowing KafkaRecord, DeadLetterEntry) -> Void) throws {
        try LogRangeReader.readAll(settings.kafka(), ranges) { record in
            if let deadLetter = DeadLetterEntry(record) { body(record, deadLetter) }
        }
    }

    private func decoded(
        _ value: UnsafeRawBufferPointer?, _ deadLetter: DeadLetterEntry, _ decoder: InvalidationDecoder
    ) -> Invalidation? {
        value.flatMap {
            try? decoder.decode(
                record: $0, time: Timestamp(milliseconds: deadLetter.time ?? 0), arrival: nil, event: nil)
        }
    }

    private func position() throws -> (partition: Int32, offset: Int64) {
        let words = (arguments.positional(Self.deadLetter) ?? "").split(
            separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, let partition = Int32(words[0]), let offset = Int64(words[1]), partition >= 0,
            offset >= 0, offset < .max
        else { throw options.refusal("a dead letter is PARTITION/OFFSET; `cachesync dead list` shows them") }
        return (partition, offset)
    }

    // MARK: - Showing

    private static func newest(_ deadLetters: [DeadLetterEntry]) -> [DeadLetterEntry] {
        deadLetters.sorted { ($0.time ?? 0, $0.partition, $0.offset) > ($1.time ?? 0, $1.partition, $1.offset) }
    }

    private func group(of deadLetter: DeadLetterEntry) -> [String] {
        switch arguments.value("group") {
        case "edge": deadLetter.edges.isEmpty ? ["-"] : deadLetter.edges
        case "namespace": [deadLetter.namespace?.name ?? "-"]
        case "class": [deadLetter.deadClass]
        case "error": [deadLetter.error]
        default: []
        }
    }

    private func show(_ groups: [String: Int64]) -> ExitCode {
        let sorted = groups.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        if settings.isJSON {
            var output = JSONList()
            for (name, count) in sorted {
                output.addObject { writer in
                    writer.member("group", name)
                    writer.member("deadLetters", count)
                }
            }
            output.show()
            return .ok
        }
        var table = Table(["DEAD LETTERS", (arguments.value("group") ?? "").uppercased()])
        for (name, count) in sorted { table.add(["\(count)", String(name.prefix(120))]) }
        Output.text(sorted.isEmpty ? "no dead letters" : table.text)
        return .ok
    }

    private static func write(_ deadLetter: DeadLetterEntry, to writer: inout JSONWriter) {
        writer.member("deadLetter", deadLetter.name)
        if let time = deadLetter.time { writer.member("time", Timestamp(milliseconds: time).text) }
        writer.member("class", deadLetter.deadClass)
        if let id = deadLetter.requestID { writer.member("request", id.text) }
        if let namespace = deadLetter.namespace { writer.member("namespace", namespace.name) }
        writer.member("origin", deadLetter.origin)
        writer.key("edges")
        writer.beginArray()
        for edge in deadLetter.edges { writer.string(edge) }
        writer.endArray()
        writer.member("attempts", Int64(deadLetter.attempts))
        writer.member("generation", Int64(deadLetter.generation))
        writer.member("redrives", Int64(deadLetter.redrives))
        writer.member("isQuarantined", deadLetter.isQuarantined)
        if let run = deadLetter.run { writer.member("run", run) }
        writer.member("error", deadLetter.error)
    }
}
