internal import Caches

/// Rows of a simulated database: it writes what it gets, in the order in which it gets it.
struct SimulatedDatabase {
    private var rows: [CacheAddress: LogVersion] = [:]
    /// Newest dead letter of each key.
    var dead: [CacheAddress: LogVersion] = [:]
    /// Written with each batch, as the owner says.
    private(set) var fence: LogVersion?
    /// A row that went back.
    private(set) var wrong: String?

    func newest(_ address: CacheAddress) -> LogVersion? { rows[address] }

    func has(_ address: CacheAddress, atLeast version: LogVersion) -> Bool {
        (rows[address].map { $0 >= version } ?? false) || (dead[address].map { $0 >= version } ?? false)
    }

    func isPoison(_ write: PendingWrite) -> Bool {
        guard case .set(let value, _, _) = write.change else { return false }
        return value.bytes.starts(with: "poison".utf8)
    }

    /// - Parameter tellsRows: an API says which row is wrong, and writes the others; a transaction writes none.
    mutating func write(_ batch: WriteBatch, tellsRows: Bool) -> FlushResult {
        let poison = batch.writes.map(isPoison)
        if !tellsRows, poison.contains(true) { return .refused(reason: "23514") }
        for (write, isPoison) in zip(batch.writes, poison) where !isPoison {
            if let old = rows[write.address], old > write.version {
                wrong = "\(write.address.key) went from \(old.offset) back to \(write.version.offset)"
            }
            rows[write.address] = write.version
        }
        // A wrong row is not in the database yet: the fence stays below it.
        if !poison.contains(true), let through = batch.flushedThrough { fence = max(fence ?? through, through) }
        return .done(poison.map { $0 ? .refused(reason: "23514") : .written })
    }
}
