import CacheWrites
import Caches
import Invalidations
import Storage
import TestSupport
import Testing

/// Tests of conditions and repetitions in a seeded world where owners die.
struct ConditionReplayTests {
    @Test func allOwnersDecideAlike() throws {
        var random = SeededGenerator.printed("owners that die")
        for _ in 0..<400 {
            var world = try ConditionWorld(SeededGenerator(seed: random.next()))
            try world.run()
        }
    }

    /// A database that forgets deletes at once: the world above notices what follows.
    @Test func ownersWouldDisagreeIfDeletesWereForgotten() throws {
        var random = SeededGenerator.printed("forgotten deletes")
        // The first is found within some 2,000 worlds.
        var disagreements = 0
        for _ in 0..<100_000 where disagreements == 0 {
            var world = try ConditionWorld(SeededGenerator(seed: random.next()))
            world.remembersDeletes = false
            do { try world.run() } catch is Disagreement { disagreements += 1 }
        }
        #expect(disagreements > 0)
    }

    /// A database that keeps only what the fence has passed: conditions of writes behind it are decided anew.
    @Test func ownersWouldDisagreeIfRepeatsWereSavedWithTheFence() throws {
        var random = SeededGenerator.printed("repeats behind the fence")
        var disagreements = 0
        for _ in 0..<100_000 where disagreements == 0 {
            var world = try ConditionWorld(SeededGenerator(seed: random.next()))
            world.savesRepeatsAhead = false
            do { try world.run() } catch is Disagreement { disagreements += 1 }
        }
        #expect(disagreements > 0)
    }
}

private struct Disagreement: Error, CustomStringConvertible {
    let description: String
}

/// One partition, its log and its database.
private struct ConditionWorld {
    private struct Row {
        var version: LogVersion
        var isDeleted: Bool
    }

    private var random: SeededGenerator
    private let book = AddressBook()
    private let settings: WriteSettings
    var remembersDeletes = true
    var savesRepeatsAhead = true
    private let keys: [CacheKey]
    private var log: [WriteRecord] = []
    /// Newest write of each key by the log alone, and which records counted.
    private var truth: [CacheKey: Row] = [:]
    private var counted: [Bool] = []
    private var names: Set<UInt128> = []
    private var repeats: [KnownWrites.Entry] = []
    private var rows: [CacheKey: Row] = [:]
    private var flushed: Int64 = -1
    private var epoch: Int64 = 1
    private var owner: OwnedPartition
    private var batch: WriteBatch?
    private var saving = KnownWrites.Change()
    private var question: CacheAddress?
    /// Records that some owner has read.
    private var readEnd: Int64 = 0
    private var now = CacheTime(nanoseconds: 0)

    init(_ generator: SeededGenerator) throws {
        random = generator
        var settings = WriteSettings()
        settings.batchMax = Int.random(in: 1...2, using: &random)
        settings.countMax = Int.random(in: 4...12, using: &random)
        self.settings = settings
        keys = try (0..<Int.random(in: 2...4, using: &random)).map { try CacheKey("k\($0)") }
        owner = OwnedPartition(
            PartitionLease(partition: 0, epoch: 1, generation: 1, flushed: -1), known: [], from: 0, end: 0,
            settings: settings, book: book)
    }

    mutating func run() throws {
        for _ in 0..<200 { try act() }
        // An owner that waits for the database to say a version once more has restored nothing yet.
        while owner.dirtyCount > 0 || question != nil || owner.isRestoring || readEnd < log.count {
            try read()
            try answerQuestion(isWell: true)
            try pass(.seconds(61))
            try flush(isWell: true)
        }
        for key in keys {
            let (row, wanted) = (rows[key].flatMap { $0.isDeleted ? nil : $0.version }, truth[key])
            let version = wanted.flatMap { $0.isDeleted ? nil : $0.version }
            try check(row == version, "\(key)")
        }
    }

    private mutating func act() throws {
        switch Int.random(in: 0...14, using: &random) {
        case 0...3: try append()
        case 4...6: try read()
        case 7: try answerQuestion(isWell: Bool.random(using: &random))
        case 8, 9: try flush(isWell: Int.random(in: 0...3, using: &random) > 0)
        case 10...12:
            // Ahead of older writes of other keys.
            if let address = book.address(.default, randomKey()) { owner.flushFirst(address) }
            try pass(.milliseconds(1))
        case 13: try pass(.seconds(Int.random(in: 1...20, using: &random)))
        default: if Int.random(in: 0...2, using: &random) == 0 { try die() }
        }
    }

    private mutating func append() throws {
        let key = randomKey()
        let current = truth[key].flatMap { $0.isDeleted ? nil : $0.version }
        let offset = Int64.random(in: 0...Int64(log.count), using: &random)
        let conditions: [VersionCondition?] = [
            nil, .absent, .version(LogVersion(generation: 1, offset: offset)), current.map { .version($0) },
        ]
        let condition = conditions.randomElement(using: &random) ?? nil
        let isDelete = Int.random(in: 0...2, using: &random) == 0
        let change =
            isDelete
            ? PendingWrite.Change.delete
            : .set(try CacheValue([1]), tags: [], lifetime: Lifetime(fresh: .seconds(1)))
        let version = LogVersion(generation: 1, offset: Int64(log.count))
        let fingerprint: WriteFingerprint? =
            Bool.random(using: &random)
            ? nil
            : WriteFingerprint(name: .random(in: 0...15, using: &random), content: .random(in: 0...1, using: &random))
        let record = try WriteRecord(
            namespace: .default, key: key, change: change,
            details: WriteDetails(
                writtenAt: Timestamp(milliseconds: 0), condition: condition, fingerprint: fingerprint))
        log.append(record)
        if Bool.random(using: &random) { acknowledge(record, version.offset) }
        let isKnown = fingerprint.map { names.contains($0.name) } ?? false
        let holds =
            switch condition {
            case nil: true
            case .absent: current == nil
            case .version(let wanted): current == wanted
            }
        let counts = holds && !isKnown
        counted.append(counts)
        guard counts else { return }
        truth[key] = Row(version: version, isDeleted: isDelete)
        if let fingerprint { names.insert(fingerprint.name) }
    }

    /// The owner has appended it itself, and hears of it before it reads it.
    private mutating func acknowledge(_ record: WriteRecord, _ offset: Int64) {
        guard let address = book.address(record.namespace, record.key) else { return }
        let write = PendingWrite(
            address: address, version: LogVersion(generation: 0, offset: 0), change: record.change,
            details: record.details)
        guard owner.admit(write, now) == nil else { return }
        _ = owner.acknowledge(offset, AppendWaiter(record: record, bytes: write.byteCount) { _ in })
    }

    private mutating func read() throws {
        guard owner.canRead else { return }
        var orders: [PartitionOrder] = []
        let end = Int64(log.count)
        let records = (owner.position..<max(end, owner.position)).map {
            LogRecord(offset: $0, content: .write(log[Int($0)]))
        }
        owner.read(records, end: end, now, &orders)
        try carryOut(orders)
    }

    private mutating func carryOut(_ orders: [PartitionOrder]) throws {
        for order in orders {
            switch order {
            case .flush(let next, let change):
                try check(batch == nil, "two batches")
                (batch, saving) = (next, change)
            case .findVersion(let address): question = address
            case .applied(let write):
                let offset = write.version.offset
                if offset >= readEnd {
                    try check(counted[Int(offset)], "\(offset) counts")
                    for missed in readEnd..<offset {
                        try check(!counted[Int(missed)], "\(missed) is left out")
                    }
                    readEnd = offset + 1
                }
            case .restored, .forget, .complete, .fenced, .halted, .resumed: break
            case .deadLetter, .deadLetterRaw: try check(false, "a dead letter")
            }
        }
        if question == nil, owner.canRead, owner.position == log.count {
            for missed in readEnd..<max(readEnd, owner.position) {
                try check(!counted[Int(missed)], "\(missed) is left out")
            }
            readEnd = max(readEnd, owner.position)
        }
    }

    private mutating func answerQuestion(isWell: Bool) throws {
        guard let address = question else { return }
        question = nil
        var orders: [PartitionOrder] = []
        let row = rows[address.key].map { RowVersion(version: $0.version, isDeleted: $0.isDeleted) }
        owner.endVersion(isWell ? .success(row) : .failure(.busy("")), now, &orders)
        try carryOut(orders)
    }

    /// As the database does it: newer rows stay, and deletes are remembered until the fence has passed them.
    private mutating func flush(isWell: Bool) throws {
        guard let batch else { return }
        self.batch = nil
        var orders: [PartitionOrder] = []
        if isWell {
            flushed = max(flushed, batch.flushedThrough?.offset ?? -1)
            for write in batch.writes where rows[write.address.key].map({ $0.version < write.version }) ?? true {
                rows[write.address.key] = Row(version: write.version, isDeleted: write.change == .delete)
            }
            let ends = savesRepeatsAhead ? Int64.max : flushed
            repeats += saving.added.filter { entry in
                entry.version.offset <= ends && !repeats.contains { $0.version == entry.version }
            }
            rows = rows.filter { !$0.value.isDeleted || (remembersDeletes && $0.value.version.offset > flushed) }
        }
        owner.endFlush(batch, isWell ? .written : .failed(.busy("")), now, &orders)
        try carryOut(orders)
    }

    private mutating func pass(_ duration: Duration) throws {
        now = now + duration
        var orders: [PartitionOrder] = []
        owner.update(now, &orders)
        try carryOut(orders)
    }

    private mutating func die() throws {
        epoch += 1
        (batch, question) = (nil, nil)
        owner = OwnedPartition(
            PartitionLease(partition: 0, epoch: epoch, generation: 1, flushed: flushed), known: repeats,
            from: flushed + 1, end: Int64(log.count), settings: settings, book: book)
        try read()
    }

    private mutating func randomKey() -> CacheKey { keys[Int.random(in: keys.indices, using: &random)] }

    private func check(_ isRight: Bool, _ text: String) throws {
        guard isRight else { throw Disagreement(description: "\(text), seed \(random.seed)") }
    }
}
