/// Row of an answer, of whatever database. Valid within the closure that it is handed to.
public protocol DatabaseRow {
    /// 0 for NULL and for what is no number.
    func integer(_ column: Int) -> Int64
    /// Empty for NULL.
    func text(_ column: Int) -> String
    /// Empty for NULL.
    func bytes(_ column: Int) -> [UInt8]
    /// A string of 16 bytes, big-endian; nil for anything else.
    func wide(_ column: Int) -> (high: UInt64, low: UInt64)?
    func isNull(_ column: Int) -> Bool
}
