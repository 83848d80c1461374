internal import Invalidations
internal import Kafka
internal import Runtime

/// Feed of events: the tail of the log, the ring of what it brought, and how far the latest requests are.
final class EventFeed {
    /// One record's news, to be given to streams.
    struct Delivery {
        /// Nil where it says nothing that the log had not said before.
        let entry: EventRing.Entry?
        /// Its number in the ring.
        let number: Int
        let news: StatusRecord
        let at: Timestamp
    }

    static let ringBytesMax = 4 << 20

    private let tail: LogTail
    /// Layouts of before partitions were added.
    private let earlier: [PositionLayout]
    private let reader: EventReader
    private var fill: TailFill?
    private(set) var ring: EventRing
    private(set) var statuses = RecentStatuses(readsAllSince: Timestamp(milliseconds: 0))
    private var text: String?

    /// - Parameter earlier: layouts whose positions clients may still have.
    /// - Throws: `KafkaError`
    init(
        _ kafka: KafkaConfiguration, _ topics: GatewayConfiguration.Topics, earlier: [PositionLayout], wake: WakePipe,
        log: Log
    ) throws {
        self.earlier = earlier
        tail = try LogTail(kafka, topics: topics.invalidations + [topics.progress], wake: wake, log: log)
        reader = EventReader(progressTopic: topics.progress)
        fill = TailFill(bytesMax: Self.ringBytesMax, floors: tail.starts)
        ring = EventRing(bytesMax: Self.ringBytesMax, floors: tail.starts)
    }

    /// Whether all has been read that was there at the start.
    var isReady: Bool { fill == nil }
    var layout: PositionLayout { tail.layout }
    var positions: [Int64] { tail.positions }
    var lag: Int64 { tail.lag }

    /// The id of the present positions.
    var id: String {
        if let text { return text }
        let made = layout.text(positions)
        text = made
        return made
    }

    /// - Returns: nil for what is no id of this log.
    func positions(of id: String) -> [Int64]? { layout.positions(id, orOf: earlier) }

    /// Whether the log ends before one of the positions, as far as the brokers have said.
    func endsBefore(_ positions: [Int64]) -> Bool {
        positions.indices.contains { positions[$0] > tail.knownEnd($0) }
    }

    func close() { tail.close() }

    /// Takes waiting records.
    ///
    /// - Parameter deliver: gets what is new, once the feed is ready.
    /// - Returns: false when more may be waiting.
    /// - Throws: `KafkaError` when the feed has to be made anew.
    func read(max: Int, _ deliver: (Delivery) -> Void) throws -> Bool {
        let isEmpty = try tail.read(max: max) { record, partition in
            text = nil
            let time = record.timestamp ?? 0
            fill?.begin(partition, at: Timestamp(milliseconds: time), isCut: tail.isCut[partition])
            guard let news = reader.read(record, of: layout.partitions[partition].topic) else { return }
            let (status, event, at) = fold(news)
            let entry = event.map { EventRing.Entry(partition: partition, offset: record.offset, event: $0) }
            guard fill == nil else {
                if let entry { fill?.add(entry, time: time) }
                return
            }
            let number = ring.end
            if let entry { ring.append(entry) }
            deliver(Delivery(entry: entry, number: number, news: status, at: at))
        }
        // The end of a partition may lie behind its last record.
        text = nil
        if let fill, tail.isFilled {
            ring = fill.ring(bytesMax: Self.ringBytesMax)
            statuses.readsAllSince = fill.readsAllSince
            self.fill = nil
        }
        return isEmpty
    }

    private func fold(_ news: EventReader.News) -> (StatusRecord, StreamEvent?, Timestamp) {
        switch news {
        case .publication(let record, let event):
            statuses.add(record)
            return (record, event, record.updatedAt)
        case .progress(let progress):
            let record = StatusRecord(progress)
            let event = statuses.add(record).map { change in
                StreamEvent(
                    .progress, progress.identity,
                    data: EventDocument.progress(
                        change.record, edges: change.edges, isWhole: change.isWhole, at: progress.at))
            }
            return (record, event, progress.at)
        }
    }
}
