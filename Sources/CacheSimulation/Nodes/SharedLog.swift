internal import CacheWrites
internal import Caches
internal import Invalidations

/// Partition of the simulated log, and what its records mean by the log alone.
struct SharedLog {
    /// What a record is, and what must become of it wherever it is read.
    struct Meaning {
        let id: String
        let verdict: WriteVerdict
    }

    private struct Newest {
        let version: LogVersion
        let isDeleted: Bool
    }

    private(set) var records: [LogRecord] = []
    /// Of each record; nil for claims.
    private(set) var meanings: [Meaning?] = []
    private var newest: [CacheKey: Newest] = [:]
    private var names: [UInt128: UInt128] = [:]

    var end: Int64 { Int64(records.count) }

    mutating func appendClaim(epoch: Int64) -> Int64 {
        records.append(LogRecord(offset: end, content: .claim(epoch: epoch)))
        meanings.append(nil)
        return end - 1
    }

    mutating func append(_ record: WriteRecord) -> Int64 {
        let version = LogVersion(generation: 1, offset: end)
        let verdict = verdict(record)
        records.append(LogRecord(offset: end, content: .write(record)))
        meanings.append(Meaning(id: record.details.idempotencyKey ?? "", verdict: verdict))
        if verdict == .counts {
            newest[record.key] = Newest(version: version, isDeleted: record.change == .delete)
            if let fingerprint = record.details.fingerprint { names[fingerprint.name] = fingerprint.content }
        }
        return version.offset
    }

    private func verdict(_ record: WriteRecord) -> WriteVerdict {
        if let fingerprint = record.details.fingerprint, let content = names[fingerprint.name] {
            return content == fingerprint.content ? .repeated : .keyIsUsed
        }
        let value = newest[record.key].flatMap { $0.isDeleted ? nil : $0.version }
        return switch record.details.condition {
        case nil: .counts
        case .absent: value == nil ? .counts : .conditionFailed
        case .version(let wanted): value == wanted ? .counts : .conditionFailed
        }
    }

    /// The newest write of the key; nil where it was deleted, or never written.
    func value(_ key: CacheKey) -> LogVersion? { newest[key].flatMap { $0.isDeleted ? nil : $0.version } }

    /// Whether a delete of the key counts at this offset or behind it.
    func hasDelete(_ key: CacheKey, from offset: Int64) -> Bool {
        (max(0, offset)..<max(end, offset)).contains { index in
            guard meanings[Int(index)]?.verdict == .counts, case .write(let write) = records[Int(index)].content else {
                return false
            }
            return write.key == key && write.change == .delete
        }
    }
}
