internal import Invalidations

/// Makes pages of requests, newest first, at a bounded cost.
///
/// Index ranges give rows in the order of the list; what no range tells apart is looked at row by row, and after
/// so many rows the page ends where it is.
struct StatusPages {
    /// How many rows one page costs at most.
    private static let rowsMax = 2_000
    /// How many rows are read at once where not all of them match.
    private static let stepMax = 500

    let query: StatusQuery
    /// Adds the edges to a request that no worker has told of.
    let complete: (StatusRecord) -> StatusRecord

    func page(_ view: any ViewQueries) throws -> StatusPage {
        // Where the range tells all, one row more than the page shows whether there is a next one.
        let step = isExact ? query.limit + 1 : Self.stepMax
        var chosen: [StatusRecord] = []
        var asOf: Timestamp?
        var part = query
        part.statuses.formIntersection(query.edge?.statuses ?? part.statuses)
        var last: StatusRecord?
        for _ in 0..<(isExact ? 1 : Self.rowsMax / step) {
            let found = try view.newest(part, max: step)
            // What came later may be in later rows; the first rows know no more than this.
            if last == nil { asOf = found.watermark }
            let rows = found.records.sorted(by: Self.isNewer).prefix(step)
            chosen += rows.filter(matches)
            if chosen.count > query.limit { break }
            guard rows.count == step, let end = rows.last else {
                return StatusPage(records: chosen, next: nil, asOf: asOf)
            }
            last = end
            part.cursor = StatusCursor(after: end)
        }
        let shown = chosen.prefix(query.limit)
        let end = chosen.count > shown.count ? shown.last : last
        return StatusPage(records: Array(shown), next: end.map { StatusCursor(after: $0) }, asOf: asOf)
    }

    /// Whether a range of an index holds just what is asked for.
    private var isExact: Bool { query.source == nil && query.key == nil && query.edge == nil }

    private func matches(_ record: StatusRecord) -> Bool {
        if isExact { return true }
        guard record.run == nil, query.statuses.contains(record.status),
            query.namespace.map({ $0 == record.namespace }) ?? true,
            query.source.map({ $0 == record.publication?.source }) ?? true,
            query.key.map({ $0 == record.publication?.idempotencyKey?.text }) ?? true
        else { return false }
        return query.edge?.matches(complete(record)) ?? true
    }

    static func isNewer(_ a: StatusRecord, _ b: StatusRecord) -> Bool {
        (a.listedAt, a.id, a.namespace.name) > (b.listedAt, b.id, b.namespace.name)
    }
}

/// Range of an index that holds all that a query asks for.
enum StatusRange {
    /// Of the namespace, if one is given.
    case status(RequestStatus)
    case source(String)
    /// Of the namespace.
    case key(String)
    /// Of the namespace, if one is given; replays left out.
    case failing

    /// How many of one key are looked at, the last that were published: it stands for one request, and for one more
    /// each day.
    static let ofKeyMax: Int64 = 500

    /// SQL of what the indexes of failing requests hold.
    static let isFailing = "failures > 0 AND run IS NULL"
}

extension StatusQuery {
    /// Together they hold all that match.
    var ranges: [StatusRange] {
        if isOfFailing { return [.failing] }
        if let key, namespace != nil { return [.key(key)] }
        if let source { return [.source(source)] }
        return statuses.map { .status($0) }
    }

    /// Only what stands before it in the order of time, which is older.
    var bound: StatusCursor? {
        guard let until else { return cursor }
        let end = StatusCursor(before: until)
        guard let cursor, cursor.listedAt < until else { return end }
        return cursor
    }
}
