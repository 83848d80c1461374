internal import Invalidations
internal import JSON
internal import Replays

/// Body of a request to replay, redrive or discard.
struct RunBody: Sendable {
    private static let shared = [
        "from", "until", "namespaces", "tags", "urls", "sources", "priorities", "selectorKinds", "edges", "rate",
        "window", "max", "reason", "execute", "expect",
    ]
    private static let ofReplays = ["only", "contentFrom", "coalesce", "skipSuperseded"]
    private static let ofDeadLetters = ["classes", "deadLetters", "asOf", "releaseQuarantine"]
    private static let selectorKinds = ["tags", "urls", "prefixes", "everything"]

    let kind: RunOrder.Kind
    /// Selection and pace. The ranges are not fixed yet.
    private(set) var spec = RunSpec([])
    private(set) var bounds: TimeBounds
    private(set) var deadLetters: [DeadLetterName] = []
    private(set) var reason = ""
    private(set) var isExecuted = false
    private(set) var expect: Int64?

    /// - Parameter now: relative times are fixed by it.
    /// - Throws: `BodyError`
    init(_ kind: RunOrder.Kind, _ root: JSONValue, now: Timestamp) throws {
        self.kind = kind
        bounds = try TimeBounds(from: "all", until: nil, now: now)
        var from: String?
        var until: String?
        let known = Self.shared + (kind == .replay ? Self.ofReplays : Self.ofDeadLetters)
        try BodyMember.forEach(of: root, known: known) { member in
            switch member.name {
            case "from": from = try member.text()
            case "until": until = try member.text()
            case "asOf": until = try asOf(member, now)
            case "contentFrom": spec.contentFrom = TimeText(try member.time(now: now))
            case "reason": reason = try member.reason()
            case "execute": isExecuted = try member.truth()
            case "expect": expect = try member.count(from: 0)
            case "deadLetters": try readDeadLetters(member)
            default: try readSelection(member)
            }
        }
        if root["asOf"]?.isNull == false, root["until"]?.isNull == false {
            throw BodyError("asOf", "must stand without until")
        }
        if kind == .discard, reason.isEmpty {
            throw BodyError("reason", "must be given: it is all that is left of what is discarded")
        }
        if spec.coalesce == true, spec.only == .failed {
            throw BodyError("coalesce", "must stand without only failed: it tells nothing of single requests")
        }
        from = from ?? spec.contentFrom?.time.text ?? (kind == .replay ? nil : "all")
        bounds = try Self.bounds(from, until, now)
    }

    /// Dead letters that were stored before that time.
    private func asOf(_ member: BodyMember, _ now: Timestamp) throws -> String {
        (try member.time(now: now) + 1).text
    }

    private static func bounds(_ from: String?, _ until: String?, _ now: Timestamp) throws(BodyError) -> TimeBounds {
        guard from != nil || until != nil else {
            throw BodyError("from", "or until must be given, such as -2h, or all for all that the log holds")
        }
        for (field, text) in [("from", from), ("until", until)] {
            guard let text else { continue }
            do throws(SelectionError) { _ = try TimeBound(text, now: now) } catch {
                throw BodyError(field, "must be a bound: \(error)")
            }
        }
        do throws(SelectionError) { return try TimeBounds(from: from, until: until, now: now) } catch {
            throw BodyError(until == nil ? "from" : "until", "must fit the other bound: \(error)")
        }
    }

    private mutating func readDeadLetters(_ member: BodyMember) throws {
        var names: [DeadLetterName] = []
        spec.deadLetters = try member.texts(most: RunSpec.deadLettersMax, "PARTITION/OFFSET of a dead letter") { text in
            guard let name = DeadLetterName(text) else { return false }
            names.append(name)
            return true
        }
        deadLetters = names
    }

    private mutating func readSelection(_ member: BodyMember) throws {
        switch member.name {
        case "namespaces": spec.namespaces = try member.globs()
        case "tags": spec.tags = try member.globs()
        case "urls": spec.urls = try member.globs()
        case "sources": spec.sources = try member.globs()
        case "priorities": spec.priorities = try member.choices(Priority.allCases.map(\.rawValue))
        case "selectorKinds": spec.selectorKinds = try member.choices(Self.selectorKinds)
        case "edges": spec.edges = try member.names(most: Limits.edges)
        case "classes": spec.classes = try member.names()
        case "only": spec.only = try member.choice(RunSpec.Only.self)
        case "coalesce": spec.coalesce = try member.truth()
        case "skipSuperseded": spec.skipSuperseded = try member.truth()
        case "releaseQuarantine": spec.releaseQuarantine = try member.truth()
        case "rate": spec.rate = try member.rate()
        case "window": spec.window = Int(try member.count(most: Int64(RunSpec.windowMax)))
        case "max": spec.max = try member.count()
        default: throw BodyError(member.name, "is no member of this request")
        }
    }
}
