package import Invalidations
import Kafka
import Runtime

// What is finished, as Kafka is told.
extension RecordSource {
    /// Everything below each offset is finished, and what the metadata says above it. The answer comes as an event if
    /// it is a refusal.
    package func commit(_ points: [SourcePartition: CommitPoint]) {
        // Of a log that went back, the old offsets must not be committed.
        let points = points.filter { distrusted[$0.key] == nil }
        let list = points.map { source, point in
            let mark = indices[source].flatMap { partitions[$0].mark }
            return CommitOffset(
                topics[source], offset: point.offset,
                metadata: CommitMetadata(mark: mark, completed: point.metadata).text)
        }
        do {
            switch commitWay {
            case .inPassing:
                uncommitted.merge(points) { $1 }
                try consumer.commit(list)
            case .atOnce:
                try consumer.commitSync(list, timeout: Self.offsetTimeout)
                for offset in list { confirm(offset.partition, offset.offset) }
            case .not: break
            }
        } catch {
            // Nothing is lost: the next owner reads a little more again.
            log.warning("offsets not committed", ["kafka.error": error])
        }
    }

    func committed(_ results: [CommitResult], _ body: (Event) -> Void) {
        var refused: [SourcePartition] = []
        for result in results {
            guard let source = topics.source(of: result.partition) else { continue }
            if let error = result.error {
                log.warning("offset not committed, will be tried again", ["kafka.error": error])
                if partitions.contains(where: { $0.source == source }) { refused.append(source) }
            } else {
                confirm(result.partition, result.offset)
            }
        }
        if !refused.isEmpty { body(.commitFailed(refused)) }
    }

    private func confirm(_ partition: TopicPartition, _ offset: Int64) {
        guard let source = topics.source(of: partition) else { return }
        if uncommitted[source]?.offset == offset { uncommitted[source] = nil }
        onCommitted?(source, offset)
        configuration.onCommit?(partition.topic, partition.partition, offset)
    }
}
