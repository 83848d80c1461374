internal import Invalidations
internal import Storage

/// Rows of minutes: how both databases make them of the requests that they have, and what they say.
enum MinuteRows {
    /// `minutes` as an older view's requests give it. The numbers of statuses are those of `StatusCode`.
    static let fromRequests = """
        INSERT INTO minutes (namespace, minute, published, completed, failed)
            SELECT namespace, minute, sum(published), sum(completed), sum(failed) FROM (
                SELECT namespace, first_seen_at / 60000 AS minute, 1 AS published, 0 AS completed, 0 AS failed
                FROM requests WHERE run IS NULL
                UNION ALL
                SELECT namespace, updated_at / 60000, 0, CASE status WHEN 2 THEN 1 ELSE 0 END,
                    CASE status WHEN 3 THEN 1 ELSE 0 END
                FROM requests WHERE status IN (2, 3)
            ) AS requests_by_minute GROUP BY namespace, minute;
        INSERT INTO minutes (namespace, minute, published, completed, failed)
            SELECT '', minute, sum(published), sum(completed), sum(failed) FROM minutes GROUP BY minute;
        """

    /// What the question for one namespace's minutes, or for those of all, has in common.
    static let columns = "minute, published, completed, failed"
    /// A minute that has given back all that it counted says nothing.
    static let isTold = "(published > 0 OR completed > 0 OR failed > 0)"

    /// What is behind the bounds of the minutes in the question for the sums of namespaces; the rows of all together
    /// have no name.
    static let sums = """
        SELECT namespace, CAST(sum(published) AS bigint), CAST(sum(completed) AS bigint), CAST(sum(failed) AS bigint)
        FROM minutes WHERE namespace <> ''
        """
    static let sumOrder =
        "GROUP BY namespace HAVING sum(published) > 0 OR sum(completed) > 0 OR sum(failed) > 0 ORDER BY 2 DESC, 1"

    /// - Throws: `StorageError.corrupt` for a row that no projector writes.
    static func sum(_ row: some DatabaseRow) throws -> NamespaceCounts {
        guard let namespace = Namespace(row.text(0)) else {
            throw StorageError.corrupt("a minute without a namespace's name")
        }
        return NamespaceCounts(
            namespace: namespace, published: max(0, row.integer(1)), completed: max(0, row.integer(2)),
            failed: max(0, row.integer(3)))
    }

    static func counts(_ row: some DatabaseRow) -> MinuteCounts {
        let (start, overflow) = row.integer(0).multipliedReportingOverflow(by: MinuteTally.millisecondsPerMinute)
        return MinuteCounts(
            minute: Timestamp(milliseconds: overflow ? .max : start), published: max(0, row.integer(1)),
            completed: max(0, row.integer(2)), failed: max(0, row.integer(3)))
    }
}
