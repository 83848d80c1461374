/// Open records: all records that were read and have not ended, with their counts, bytes and report lists.
///
/// Only `open`, `delay`, `resume` and `close` change the counts. A record keeps its index until it is closed.
package struct OpenRecords: ~Copyable {
    private var pool = Pool<OpenRecord>()
    private var reporter: ProgressReporter
    private var requestIndex = RequestIndex()
    /// By the record on an invalidation topic that a retry began with: of several copies one is followed.
    private var retriesInHand: [RecordPosition: Int] = [:]
    /// Records that are only delayed.
    package private(set) var delayedCount = 0
    package private(set) var delayedBytes = 0
    /// Of the others.
    package private(set) var openBytes = 0

    package init(reporter: ProgressReporter) {
        self.reporter = reporter
    }

    /// The delayed included.
    package var count: Int { pool.count }
    package var openCount: Int { pool.count - delayedCount }
    package var indices: [Int] { pool.indices }

    package subscript(index: Int) -> OpenRecord {
        @inline(__always) _read { yield pool[index] }
        @inline(__always) _modify { yield &pool[index] }
    }

    package func isUsed(_ index: Int) -> Bool { pool.isUsed(index) }
    package func key(_ index: Int) -> PoolKey { pool.key(index) }
    package func holds(_ key: PoolKey) -> Bool { pool.holds(key) }

    package func partKey(_ index: Int, _ target: Int) -> PartKey {
        PartKey(record: pool.key(index), target: Int32(target))
    }

    // MARK: - The way of a record

    @inline(__always)
    package mutating func open(_ record: consuming OpenRecord) -> Int {
        let index = pool.insert(record)
        openBytes += pool[index].original.byteCount
        if let id = pool[index].invalidation?.id { requestIndex.insert(id, index) }
        return index
    }

    /// The record waits for its time, and no edge has it in work.
    package mutating func delay(_ index: Int) {
        pool[index].delay()
        let bytes = pool[index].original.byteCount
        delayedCount += 1
        delayedBytes += bytes
        openBytes -= bytes
    }

    package mutating func resume(_ index: Int) {
        pool[index].resume()
        let bytes = pool[index].original.byteCount
        delayedCount -= 1
        delayedBytes -= bytes
        openBytes += bytes
        precondition(delayedCount >= 0 && delayedBytes >= 0, "more records resumed than were delayed")
    }

    /// The slot is used again; what is still in flight for the record is recognized by its generation.
    package mutating func close(_ index: Int) {
        precondition(pool[index].phase != .delayed, "a delayed record is resumed before it is closed")
        unwatch(index)
        openBytes -= pool[index].original.byteCount
        precondition(openBytes >= 0, "more bytes closed than were opened")
        if let id = pool[index].invalidation?.id { requestIndex.remove(id, index) }
        if let origin = pool[index].retry?.origin, retriesInHand[origin] == index { retriesInHand[origin] = nil }
        pool[index].original = OriginalRecord(key: nil, value: nil)
        pool[index].invalidation = nil
        pool[index].retryBox = nil
        pool[index].request = Request()
        pool.remove(index)
    }

    // MARK: - Look-ups

    /// The retry that is followed of those with that origin.
    package func followedRetry(of origin: RecordPosition) -> Int? { retriesInHand[origin] }

    /// Follows the retry, unless another copy of it is followed.
    package mutating func followRetry(_ index: Int) {
        guard let origin = pool[index].retry?.origin, retriesInHand[origin] == nil else { return }
        retriesInHand[origin] = index
    }

    /// Open records of the request with that id, in any namespace.
    package mutating func indices(of id: RequestID, now: Int64) -> [Int] {
        requestIndex.indices(of: id, now: now) {
            pool.indices.compactMap { index in pool[index].invalidation.map { ($0.id, index) } }
        }
    }

    package mutating func dropUnusedIndex(now: Int64) { requestIndex.dropIfUnused(now: now) }

    // MARK: - Reports

    /// The request whose edges have been at work the longest, of those that were reported on.
    package var longestAtWork: Int? { reporter.longestAtWork }

    /// The request's edges are at work from now on.
    ///
    /// - Returns: when to look for due reports; nil where a timer is set already.
    package mutating func watch(_ index: Int, now: Int64) -> Int64? { reporter.watch(index, now: now, in: &pool) }

    /// The request has ended, or waits for its time.
    package mutating func unwatch(_ index: Int) { reporter.unwatch(index, in: &pool) }

    /// The next request whose report is due and has news.
    package mutating func nextDueReport(now: Int64) -> Int? { reporter.nextDue(now: now, in: &pool) }

    /// When to look for due reports again; nil where nothing is watched.
    package mutating func nextReportLook() -> Int64? { reporter.nextLook(in: pool) }
}
