internal import Invalidations
internal import Storage

/// Columns that hold what a request's own record says of it; all null where only workers have told of it.
enum PublicationColumns {
    static let names =
        "published_at, priority, kinds, source, cancels, key, key_digest, implausible_time, not_before, details"
    static let count = 10

    /// - Parameter first: the number of the first parameter.
    static func bind(_ publication: StatusRecord.Publication?, to statement: Statement, from first: Int) {
        guard let publication else {
            for parameter in first..<first + count { statement.bindNull(parameter) }
            return
        }
        statement.bind(first, publication.at.milliseconds)
        statement.bind(first + 1, code(of: publication.priority))
        statement.bind(first + 2, Int64(publication.kinds.rawValue))
        statement.bind(first + 3, publication.source)
        statement.bind(first + 4, publication.cancels)
        statement.bind(first + 5, publication.idempotencyKey?.text)
        statement.bind(first + 6, publication.idempotencyKey?.digest)
        statement.bind(first + 7, publication.implausibleTime?.milliseconds)
        statement.bind(first + 8, publication.notBefore?.milliseconds)
        statement.bind(first + 9, publication.details)
    }

    /// - Parameter first: the number of the first column.
    static func read(_ row: some DatabaseRow, from first: Int) -> StatusRecord.Publication? {
        guard !row.isNull(first) else { return nil }
        let priority = Priority.allCases.first { code(of: $0) == row.integer(first + 1) }
        return StatusRecord.Publication(
            at: row.time(first), priority: priority ?? .normal,
            kinds: SelectorKinds(rawValue: UInt8(truncatingIfNeeded: row.integer(first + 2))),
            source: row.optionalText(first + 3), cancels: row.id(first + 4),
            idempotencyKey: row.optionalText(first + 5).flatMap { KeyOnRecord($0, digest: row.text(first + 6)) },
            implausibleTime: row.isNull(first + 7) ? nil : row.time(first + 7),
            notBefore: row.isNull(first + 8) ? nil : row.time(first + 8), details: row.optionalText(first + 9))
    }

    /// The numbers never change.
    static func code(of priority: Priority) -> Int64 {
        switch priority {
        case .high: 0
        case .normal: 1
        case .low: 2
        }
    }
}
