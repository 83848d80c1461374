internal import Caches
internal import Storage

/// A team's own query, with its columns in the form that the node reads.
///
/// It belongs to the thread of its connection.
final class SQLStatement {
    /// How long it is remembered that there is no row.
    private static let absence = Duration.seconds(5)

    private let connection: PostgresConnection
    private let origin: SQLOriginConfiguration
    private let sql: String

    /// - Throws: where the database does not answer, or refuses the query.
    init(_ origin: SQLOriginConfiguration) throws(StorageError) {
        var options = PostgresConnection.Options()
        options.applicationName = "cachesync-origin"
        options.statementTimeout = origin.timeout
        options.lockTimeout = origin.timeout
        connection = try PostgresConnection(origin.database, options: options)
        try connection.execute("SET default_transaction_read_only = on")
        self.origin = origin
        let none = [PostgresParameter.texts(PostgresTexts())]
        let columns = try connection.run("SELECT * FROM (\(origin.statement)\n) AS found LIMIT 0", none).columnNames
        for name in ["key", "value"] where !columns.contains(name) {
            throw .other(
                code: "42703", "the query has no column \(name), but \(columns.joined(separator: ", ")): name it by AS")
        }
        let tags = columns.contains("tags") ? "found.tags::text[]" : "NULL::text[]"
        let milliseconds = columns.contains("ttl") ? "(found.ttl * 1000)::bigint" : "NULL::bigint"
        sql = """
            SELECT found.key::text, coalesce(to_json(found.value)::text, 'null'), \(tags), \(milliseconds)
            FROM (\(origin.statement)
            ) AS found
            """
        try connection.run(sql, none)
    }

    var isUsable: Bool { connection.isUsable }

    /// - Parameter questions: keys, each with the rules of its namespace. Several namespaces may ask for one key.
    /// - Returns: what the database has, in the order of the questions.
    func results(
        of questions: [(key: CacheKey, rules: NamespaceRules)]
    ) throws(StorageError) -> [LoadResult] {
        // By bytes: two spellings of one character are one text for Swift, and two for the database.
        var askers: [CacheKey: [Int]] = [:]
        for (index, question) in questions.enumerated() { askers[question.key, default: []].append(index) }
        let texts = PostgresTexts(askers.keys.map(\.description))
        var results = [LoadResult](repeating: .absent(Self.absence), count: questions.count)
        try connection.run(sql, [.texts(texts)]).forEachRow { row in
            // Of several rows the first counts.
            guard let key = try? CacheKey(row.bytes(0)), let indexes = askers.removeValue(forKey: key) else { return }
            for index in indexes { results[index] = result(row, key, questions[index].rules) }
        }
        return results
    }

    private func result(_ row: PostgresRow, _ key: CacheKey, _ rules: NamespaceRules) -> LoadResult {
        guard let value = try? CacheValue(row.bytes(1)) else { return .failed }
        // With tags that nobody can purge it is answered, and not kept.
        guard let tags = try? CacheTags.validated(row.texts(2)) else {
            return .value(value, tags: [], lifetime: Lifetime(fresh: .zero), origin: nil)
        }
        let rule = rules.lifetimeRule(key, tags: tags)
        let fresh = row.isNull(3) ? rule?.fresh ?? rules.lifetimeUsual : Self.duration(row.integer(3))
        let lifetime = Lifetime(
            fresh: min(fresh, rules.lifetimeMax),
            staleWhileRevalidate: rule?.staleWhileRevalidate ?? origin.staleWhileRevalidate,
            staleIfError: rule?.staleIfError ?? origin.staleIfError)
        return .value(value, tags: tags, lifetime: lifetime, origin: nil)
    }

    private static func duration(_ milliseconds: Int64) -> Duration { .milliseconds(max(0, milliseconds)) }
}
