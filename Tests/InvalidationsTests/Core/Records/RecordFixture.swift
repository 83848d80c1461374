import Invalidations

// Open records of requests, for tests of what holds them.
extension OpenRecord {
    private static let time = Timestamp(milliseconds: 1_795_341_600_000)

    /// A record of so many bytes. With an origin it is a retry of that record.
    static func request(
        _ number: UInt64, at offset: Int64, bytes: Int = 10, retryOf origin: RecordPosition? = nil
    ) -> OpenRecord {
        let source =
            origin == nil ? SourcePartition(topic: 0, partition: 0) : SourcePartition(tier: 0, partition: 0)
        let invalidation = Invalidation(
            id: RequestID(high: 0, low: number), namespace: .default, selectors: Selectors(tags: ["t"]),
            requestedAt: time)
        let retry = origin.map {
            RetryMetadata(origin: $0, deferredAt: time, notBefore: time, parts: [], reason: .failed)
        }
        let record = IncomingRecord(
            position: RecordPosition(source: source, offset: offset),
            original: OriginalRecord(key: nil, value: [UInt8](repeating: 0, count: bytes)),
            content: .success(invalidation), retry: retry)
        return OpenRecord(
            record, partition: 0, priority: 0, invalidation: invalidation, namespace: 0, startedAt: 0)
    }
}
