public import Storage

/// Statement that a namespace's missing values come from, and the PostgreSQL database that answers it.
public struct SQLOriginConfiguration: Hashable, Sendable {
    public static let connectionsMax = 32

    let database: PostgresAddress
    let statement: String
    /// For one question.
    public var timeout: Duration = .seconds(5)
    /// Questions that are asked side by side.
    public var connections = 2
    /// What may be done with an entry behind its time.
    public var staleWhileRevalidate: Duration = .zero
    public var staleIfError: Duration = .zero

    /// - Parameter statement: a query with the keys as `$1`, an array of texts.
    /// - Returns: nil where it does not ask for keys.
    public init?(_ statement: String, database: PostgresAddress) {
        let trimmed = statement.trimmingSuffix { $0.isWhitespace || $0 == ";" }
        guard trimmed.contains("$1"), !trimmed.contains("$2"), !trimmed.utf8.contains(0) else { return nil }
        (self.statement, self.database) = (String(trimmed), database)
    }
}

extension String {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var text = self[...]
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
