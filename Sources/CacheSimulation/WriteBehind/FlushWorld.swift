internal import Basics
internal import Caches

/// Seeded world of one partition: a log, owners that die, and a database that fails in every way.
struct FlushWorld {
    private let seed: UInt64
    private var random: SplitMix64
    private let settings: WriteSettings
    private var core: WriteBehind
    private var log: [PendingWrite] = []
    private var database = SimulatedDatabase()
    /// The batch that is under way.
    private var batch: WriteBatch?
    private var deadLetters: [PendingWrite] = []
    private var wake = CacheTime.never
    private var now = CacheTime(nanoseconds: 0)
    private let addresses: [CacheAddress]
    private let failurePercent: Int
    private let poisonPercent: Int
    private var step = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix64(state: seed &* 0xD1B5_4A32_D192_ED03)
        var settings = WriteSettings()
        settings.batchMax = Int.random(in: 1...8, using: &random)
        settings.countMax = Int.random(in: 1...10, using: &random)
        settings.keysMax = Int.random(in: 5...40, using: &random)
        settings.deadMin = Int.random(in: 2...10, using: &random)
        self.settings = settings
        core = WriteBehind(settings, isRestoring: false)
        let hasher = SipHash(key0: random.next(), key1: random.next())
        addresses = (0..<Int.random(in: 1...12, using: &random)).compactMap { number in
            (try? CacheKey("k\(number)")).map { CacheAddress(NamespaceNumber(value: 0), $0, hasher) }
        }
        failurePercent = Int.random(in: 0...2, using: &random) * 20
        poisonPercent = Int.random(in: 0...2, using: &random) * 15
    }

    mutating func run() -> CacheViolation? {
        do throws(CacheViolation) {
            for _ in 0..<500 {
                step += 1
                try act()
                try check()
            }
            try drain()
            return nil
        } catch {
            return error
        }
    }

    private mutating func act() throws(CacheViolation) {
        switch int(0...11) {
        case 0...3: try write()
        case 4...6: try answer(isWell: int(0...99) >= failurePercent)
        case 7: try storeDeadLetter(isStored: int(0...99) >= failurePercent)
        case 8: try pass(.milliseconds(int(1...5_000)))
        case 9: try pass(.seconds(30))
        case 10: try apply(core.handle(.invalidated(randomAddress()), now))
        default: if int(0...9) == 0 { try die() }
        }
    }

    private mutating func write() throws(CacheViolation) {
        let isPoison = int(0...99) < poisonPercent
        let isDelete = int(0...3) == 0
        let text = Array((isPoison ? "poison" : "fine").utf8)
        let value = CacheValue(held: text, coding: .identity, entityTag: EntityTag(of: text))
        let write = PendingWrite(
            address: randomAddress(), version: LogVersion(generation: 1, offset: Int64(log.count)),
            change: isDelete ? .delete : .set(value, tags: [], lifetime: Lifetime(fresh: .seconds(60))))
        guard core.admit(write, now) == nil else {
            guard core.count + 1 >= settings.keysMax || core.isFenced else {
                throw violation("capacity", "refused with \(core.count) of \(settings.keysMax) keys")
            }
            return
        }
        if int(0...19) == 0 { return try apply(core.handle(.abandoned(bytes: write.byteCount), now)) }
        log.append(write)
        try apply(core.handle(.written(write, isAdmitted: true), now))
        guard core.pending(write.address) == write || database.newest(write.address) == write.version else {
            throw violation("pending", "the write of \(write.address.key) at \(write.version.offset) is not seen")
        }
    }

    private mutating func apply(_ actions: [WriteAction]) throws(CacheViolation) {
        for action in actions {
            switch action {
            case .flush(let next):
                guard batch == nil else { throw violation("batches", "two batches in flight") }
                guard next.writes.count <= settings.batchMax, !next.writes.isEmpty,
                    Set(next.writes.map(\.address)).count == next.writes.count
                else { throw violation("batches", "\(next.writes.count) writes, or a key twice") }
                batch = next
            case .deadLetter(let write, _):
                guard database.isPoison(write) else {
                    throw violation("dead letters", "\(write.version.offset) is a good row")
                }
                deadLetters.append(write)
            case .wake(let time): wake = time
            case .forget, .halted, .resumed: break
            }
        }
    }

    /// The database does the batch, or not, and says so, or not.
    private mutating func answer(isWell: Bool) throws(CacheViolation) {
        guard let batch else { return }
        self.batch = nil
        let result: FlushResult
        if isWell {
            result = database.write(batch, tellsRows: int(0...1) == 0)
        } else {
            // Its answer may be lost, and the writes be there.
            if int(0...1) == 0 { _ = database.write(batch, tellsRows: true) }
            result = .unavailable(retryAfter: int(0...1) == 0 ? nil : .seconds(int(0...40)))
        }
        if let text = database.wrong { throw violation("order", text) }
        try apply(core.handle(.flushed(batch: batch.number, result), now))
    }

    private mutating func storeDeadLetter(isStored: Bool) throws(CacheViolation) {
        guard !deadLetters.isEmpty else { return }
        let write = deadLetters.remove(at: int(0...(deadLetters.count - 1)))
        if isStored { database.dead[write.address] = max(database.dead[write.address] ?? write.version, write.version) }
        try apply(core.handle(.deadLettered(write.address, write.version, isStored: isStored), now))
    }

    private mutating func pass(_ duration: Duration) throws(CacheViolation) {
        let end = now + duration
        while wake <= end {
            now = max(now, wake)
            wake = .never
            try apply(core.handle(.timer, now))
        }
        now = end
    }

    /// Another owner goes on with what the log has behind the fence.
    private mutating func die() throws(CacheViolation) {
        core = WriteBehind(settings, isRestoring: true)
        (batch, deadLetters, wake) = (nil, [], .never)
        for write in log[(Int(database.fence?.offset ?? -1) + 1)...] {
            try apply(core.handle(.written(write, isAdmitted: false), now))
            guard batch == nil else { throw violation("batches", "flushed before all of the log was read") }
        }
        try apply(core.handle(.restored, now))
    }

    private func check() throws(CacheViolation) {
        if let text = core.inconsistency() { throw violation("consistency", text) }
        for write in log where write.version <= database.fence ?? LogVersion(generation: 0, offset: 0) {
            guard database.has(write.address, atLeast: write.version) else {
                throw violation("fence", "\(write.version.offset) of \(write.address.key) is below it, and nowhere")
            }
        }
        if failurePercent == 0, poisonPercent == 0, batch == nil, core.oldestAge(now) > settings.delay {
            throw violation("delay", "a write waits for \(core.oldestAge(now))")
        }
    }

    /// The database is well from here on: nothing may be left, lost or dead that is good.
    private mutating func drain() throws(CacheViolation) {
        for _ in 0..<5_000 where core.count > 0 {
            step += 1
            try answer(isWell: true)
            try storeDeadLetter(isStored: true)
            try pass(.seconds(31))
            try check()
            guard core.isHalted else { continue }
            // The rows that were refused may be all that is left; then people end the halt.
            let isHopeless = addresses.allSatisfy { core.pending($0).map(database.isPoison) ?? true }
            if isHopeless { return }
        }
        guard core.count == 0 else { throw violation("end", "\(core.count) writes are never written") }
        for write in log where !database.has(write.address, atLeast: write.version) {
            throw violation("lost", "\(write.version.offset) of \(write.address.key)")
        }
    }

    private mutating func randomAddress() -> CacheAddress { addresses[int(0...(addresses.count - 1))] }

    private mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    private func violation(_ checker: String, _ text: String) -> CacheViolation {
        CacheViolation(checker: checker, text: "seed \(seed), step \(step): \(text)")
    }
}
