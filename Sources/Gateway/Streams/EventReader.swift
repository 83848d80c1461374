internal import Invalidations
internal import Kafka

/// Reads records of the invalidation topics and of progress as events.
///
/// What cannot be read is passed over: workers and the view tell what became of it.
final class EventReader {
    /// What one record says.
    enum News {
        case publication(StatusRecord, StreamEvent)
        case progress(Progress)
    }

    private let progressTopic: String
    private let progress = ProgressDecoder()
    private let requests = RecordContentDecoder()

    init(progressTopic: String) {
        self.progressTopic = progressTopic
    }

    func read(_ record: borrowing KafkaRecord, of topic: String) -> News? {
        guard topic == progressTopic else { return readPublication(record) }
        guard let value = record.value, let snapshot = try? progress.decode(value) else { return nil }
        return .progress(snapshot)
    }

    private func readPublication(_ record: borrowing KafkaRecord) -> News? {
        let time = record.timestamp.map { Timestamp(milliseconds: $0) } ?? .now()
        let headers = record.headers.map { RecordHeader(name: $0.name, value: $0.value) }
        guard let request = try? requests.decode(record.value, headers: headers, time: time, arrival: time) else {
            return nil
        }
        let event = StreamEvent(
            .invalidation, RequestIdentity(id: request.id, namespace: request.namespace),
            data: EventDocument.invalidation(request))
        return .publication(StatusRecord(request, publishedAt: time), event)
    }
}
