internal import Invalidations
internal import Storage

// Reading of what several tables hold, in either database.
extension DatabaseRow {
    /// Nil for NULL.
    func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

    /// Nil for NULL.
    func optionalBytes(_ column: Int) -> [UInt8]? { isNull(column) ? nil : bytes(column) }

    /// Nil for NULL, and for what is no id.
    func id(_ column: Int) -> RequestID? { wide(column).map { RequestID(high: $0.high, low: $0.low) } }

    func time(_ column: Int) -> Timestamp { Timestamp(milliseconds: integer(column)) }

    /// Nil for NULL, and for 0, which stands for none.
    func optionalTime(_ column: Int) -> Timestamp? { integer(column) > 0 ? time(column) : nil }
}
