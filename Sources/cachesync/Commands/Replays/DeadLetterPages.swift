import Foundation
import HTTP
import Invalidations
import JSON
import Replays
import Runtime

/// Lists of dead letters, page by page from the gateway.
struct DeadLetterPages {
    private static let timeout = Duration.seconds(60)
    /// Entries of a page, and names in one question.
    private static let (pageMax, namesMax) = (500, 300)

    private let gateway: GatewayClient
    private let filter: DeadLetterFilter
    /// What the gateway selects by.
    private let query: [(name: String, value: String)]
    private let names: [String]

    init(_ settings: Settings, _ arguments: Arguments) throws {
        let options = RunOptions(settings, arguments)
        let (spec, bounds) = (try options.spec(), try options.bounds(from: "all"))
        gateway = try GatewayClient(settings, for: .operator)
        names = spec.deadLetters ?? []
        filter = try DeadLetterFilter(spec, bounds, names: !names.isEmpty)
        var query: [(name: String, value: String)] = []
        for (name, values) in [("namespace", spec.namespaces), ("class", spec.classes), ("edge", spec.edges)] {
            if let values { query.append((name, values.joined(separator: ","))) }
        }
        for (name, bound) in [("since", bounds.from), ("until", bounds.until)] {
            if case .time(let time) = bound { query.append((name, time.text)) }
        }
        if arguments.has("all") { query.append(("all", "true")) }
        self.query = query
    }

    /// Counts by group, the largest first, where the view alone can count; nil elsewhere.
    func groups(by group: String) throws -> [(name: String, count: Int64)]? {
        guard filter.isEmpty, names.isEmpty else { return nil }
        let answer = try gateway.call("GET", Self.path("/dead", query + [("group", group)]), timeout: Self.timeout)
        return try JSONParser(bytesMax: 8 << 20).parse(answer) { root in
            var groups: [(name: String, count: Int64)] = []
            root["groups"]?.forEachElement { element in
                groups.append((element["group"]?.string ?? "", element["deadLetters"]?.int64 ?? 0))
            }
            return groups
        }
    }

    /// Calls `body` with each dead letter that matches, newest first, until it returns false.
    func forEach(_ body: ([UInt8], DeadLetterItem) throws -> Bool) throws {
        try forEachPage(withValues: filter.needsValues) { documents in
            for document in documents {
                let item = try DeadLetterItem.decode(document)
                if filter.matches(item), try !body(document, item) { return false }
            }
            return true
        }
    }

    /// Calls `body` with each dead letter that matches, with its key and value.
    func forEachExported(_ body: ([UInt8]) -> Void) throws {
        try forEachPage(withValues: true) { documents in
            for document in documents where try filter.isEmpty || filter.matches(.decode(document)) { body(document) }
            return true
        }
    }

    // MARK: - Pages

    private func forEachPage(withValues: Bool, _ body: ([[UInt8]]) throws -> Bool) throws {
        guard !names.isEmpty else {
            return try forEachPage(withValues: withValues, query, body)
        }
        for start in stride(from: 0, to: names.count, by: Self.namesMax) {
            let part = names[start..<min(names.count, start + Self.namesMax)].joined(separator: ",")
            try forEachPage(withValues: withValues, query + [("deadLetters", part)], body)
        }
    }

    private func forEachPage(
        withValues: Bool, _ query: [(name: String, value: String)], _ body: ([[UInt8]]) throws -> Bool
    ) throws {
        var cursor: String?
        repeat {
            let parameters = query + [("limit", "\(Self.pageMax)")] + (cursor.map { [("cursor", $0)] } ?? [])
            let page = withValues ? try exported(parameters) : try listed(parameters)
            guard try body(page.documents) else { return }
            cursor = page.next
        } while cursor != nil
    }

    private func listed(_ query: [(name: String, value: String)]) throws -> (documents: [[UInt8]], next: String?) {
        let answer = try gateway.call("GET", Self.path("/dead", query), timeout: Self.timeout)
        return try JSONParser(bytesMax: 8 << 20).parse(answer) { root in
            var documents: [[UInt8]] = []
            root["deadLetters"]?.forEachElement { element in
                var writer = JSONWriter()
                writer.copy(element)
                documents.append(writer.bytes)
            }
            return (documents, root["next"]?.string)
        }
    }

    private func exported(_ query: [(name: String, value: String)]) throws -> (documents: [[UInt8]], next: String?) {
        switch gateway.ask("GET", Self.path("/dead/export", query), timeout: Self.timeout) {
        case .failure(let failure): throw gateway.unreachable(failure)
        case .response(let response):
            guard response.isSuccess else { throw gateway.refusal(response) }
            let lines = response.body.split(separator: UInt8(ascii: "\n")).map { Array($0) }
            return (lines, response.header.first("Link").flatMap(Self.cursor))
        }
    }

    /// The cursor of `<…?…&cursor=…>; rel="next"`.
    private static func cursor(of link: String) -> String? {
        guard link.hasSuffix("rel=\"next\""), let start = link.firstRange(of: "cursor=")?.upperBound else { return nil }
        return PercentEncoding.decode(Array(link[start...].prefix { $0 != "&" && $0 != ">" }.utf8))
    }

    private static func path(_ path: String, _ query: [(name: String, value: String)]) -> String {
        let words = query.map { "\($0.name)=\(PercentEncoding.encode($0.value))" }
        return words.isEmpty ? path : "\(path)?\(words.joined(separator: "&"))"
    }
}
