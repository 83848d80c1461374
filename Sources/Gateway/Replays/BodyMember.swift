internal import Invalidations
internal import JSON
internal import Replays

/// Member of a request's body, read as what its field is for.
struct BodyMember {
    private static let textBytesMax = 8_192
    private static let reasonBytesMax = 512
    private static let countMax: Int64 = 1 << 53

    let name: String
    let value: JSONValue

    /// Calls `body` with each member of an object; null counts as left out.
    ///
    /// - Throws: `BodyError`, and what `body` throws.
    static func forEach(of root: JSONValue, known: [String], _ body: (BodyMember) throws -> Void) throws {
        guard root.kind == .object else { throw BodyError("body", "must be an object") }
        var seen: Set<String> = []
        try root.forEachMember { key, value in
            let name = key.string
            guard known.contains(name) else {
                throw BodyError(name, "is no member of this request: known are \(known.joined(separator: ", "))")
            }
            guard seen.insert(name).inserted else { throw BodyError(name, "must be given once") }
            if !value.isNull { try body(BodyMember(name: name, value: value)) }
        }
    }

    private func refusal(_ demand: String) -> BodyError { BodyError(name, "must be \(demand)") }

    func text() throws(BodyError) -> String {
        guard let text = value.string, text.utf8.count <= Self.textBytesMax else {
            throw refusal("a text of at most \(Self.textBytesMax) bytes")
        }
        return text
    }

    func reason() throws(BodyError) -> String {
        guard let text = value.string, text.utf8.count <= Self.reasonBytesMax else {
            throw refusal("a text of at most \(Self.reasonBytesMax) bytes")
        }
        return text
    }

    func truth() throws(BodyError) -> Bool {
        guard let truth = value.bool else { throw refusal("true or false") }
        return truth
    }

    /// Also 3.0: JSON has no integers of its own.
    func count(from least: Int64 = 1, most: Int64 = countMax) throws(BodyError) -> Int64 {
        guard let number = value.int64 ?? value.double.flatMap({ Int64(exactly: $0) }), (least...most).contains(number)
        else {
            throw refusal("a whole number from \(least) to \(most)")
        }
        return number
    }

    func rate() throws(BodyError) -> Double {
        guard let rate = value.double, rate > 0, rate <= RunSpec.rateMax else {
            throw refusal("a number of records a second, above 0 and at most \(Int(RunSpec.rateMax))")
        }
        return rate
    }

    /// A time, or as long before now as `-2h` says.
    func time(now: Timestamp) throws(BodyError) -> Timestamp {
        let text = try text()
        guard case .time(let time) = try? TimeBound(text, now: now) else {
            throw refusal("a time such as 2026-11-27T10:00:00Z or -2h")
        }
        return time
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(_ type: Choice.Type) throws(BodyError) -> Choice {
        guard let choice = value.string.flatMap({ Choice(rawValue: $0) }) else {
            throw refusal("one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// - Parameters:
    ///   - most: entries at most; there is at least one.
    ///   - demand: what each entry must be.
    func texts(most: Int, _ demand: String, _ isValid: (String) -> Bool) throws(BodyError) -> [String] {
        guard value.kind == .array, (1...most).contains(value.count) else {
            throw refusal("an array of 1 to \(most) texts")
        }
        var texts: [String] = []
        var isSound = true
        value.forEachElement { element in
            guard let text = element.string, isValid(text) else {
                isSound = false
                return
            }
            texts.append(text)
        }
        guard isSound else { throw BodyError(name, "must hold nothing but \(demand)") }
        return texts
    }

    func globs() throws(BodyError) -> [String] {
        var problem: SelectionError?
        let texts = try texts(most: RunSpec.listMax, "patterns") { text in
            do throws(SelectionError) { _ = try Glob(text) } catch { problem = problem ?? error }
            return true
        }
        if let problem { throw BodyError(name, "must hold patterns: \(problem)") }
        return texts
    }

    func choices(_ known: [String]) throws(BodyError) -> [String] {
        try texts(most: RunSpec.listMax, known.joined(separator: ", ")) { known.contains($0) }
    }

    func names(most: Int = RunSpec.listMax) throws(BodyError) -> [String] {
        try texts(most: most, "names of 1 to 128 bytes") { (1...128).contains($0.utf8.count) }
    }
}
