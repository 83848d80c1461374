/// The entries on a disk, as a writer sees them: one thread uses them.
public protocol DiskRows: AnyObject {
    /// Runs `body` so that all of it is on the disk afterwards, or nothing.
    func transaction(_ body: () throws -> Void) throws
    /// The entry of a key, without its value.
    func find(_ address: CacheAddress) throws -> DiskRow?
    /// Puts an entry in, in place of what the key had.
    func store(_ address: CacheAddress, _ entry: CacheEntry, sequence: Int64) throws
    func remove(_ row: DiskRow) throws
    /// Gives an entry other times, and makes it as new as that.
    func renew(_ row: DiskRow, as entry: CacheEntry, sequence: Int64) throws
    /// The entry was of use at that time.
    func touch(_ address: CacheAddress, sequence: Int64) throws
    func add(_ sweep: DiskSweep) throws
    func remove(_ sweep: DiskSweep) throws
    func set(_ positions: DiskPositions) throws
    /// Some entries of the part, with lower numbers than that, behind the cursor; in the order of cursors.
    func rows(
        _ part: DiskPart, of namespace: NamespaceNumber, below sequence: Int64, after cursor: DiskCursor?, max: Int
    ) throws -> [DiskRow]
    /// Those that were of no use for the longest time, where there are more bytes than allowed; else none.
    func surplus(max: Int) throws -> [DiskRow]
}

/// The entries that one selector of an invalidation can mean.
public enum DiskPart: Sendable {
    case tag(String)
    case prefix(KeyPrefix)
    case everything
}

/// The last row that was looked at: rows of a prefix go by their key, others by their number.
public struct DiskCursor: Sendable {
    public let sequence: Int64
    public let id: Int64
    public let key: CacheKey
}

/// An entry on the disk. Its value is not read.
public struct DiskRow: Sendable {
    public let id: Int64
    public let sequence: Int64
    public let namespace: NamespaceNumber
    /// Of its tags and times; the value is empty.
    public let entry: CacheEntry

    public init(id: Int64, sequence: Int64, namespace: NamespaceNumber, entry: CacheEntry) {
        (self.id, self.sequence, self.namespace, self.entry) = (id, sequence, namespace, entry)
    }

    var cursor: DiskCursor { DiskCursor(sequence: sequence, id: id, key: entry.key) }
}
