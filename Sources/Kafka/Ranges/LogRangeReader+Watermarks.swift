internal import Foundation

// Looks at watermarks where it is not clear how a range goes on.
extension LogRangeReader {
    private static let queryTimeout = Duration.seconds(5)
    private static let queryPause = Duration.seconds(1)

    /// Looks at the watermarks of partitions of which it is not clear how to go on.
    func compareUnclear(_ progress: inout LogRangeProgress) throws(KafkaError) {
        let unclear = partitions.filter { cursors[$0]?.isUnclear == true }
        guard !unclear.isEmpty, ContinuousClock.now >= nextQuery else { return }
        nextQuery = .now + Self.queryPause
        let watermarks: [TopicPartition: Watermarks]
        do throws(KafkaError) {
            watermarks = try observer.watermarks(of: unclear, timeout: Self.queryTimeout)
        } catch {
            if error.isOfMissingTopic { throw error }
            progress.problems.append(error)
            return
        }
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        for partition in unclear {
            guard let marks = watermarks[partition], let finding = cursors[partition]?.compare(with: marks, now: now)
            else { continue }
            switch finding {
            case .stalled: break
            case .read(let lost): if let lost { progress.lost.append(lost) }
            case .wentBack: throw wentBack(partition, marks)
            }
        }
        try assignOpen()
    }

    private func wentBack(_ partition: TopicPartition, _ marks: Watermarks) -> KafkaError {
        let end = cursors[partition]?.range.end ?? 0
        return .failed(
            .offsetOutOfRange,
            """
            \(partition): its log went back: the range ends at offset \(end), and the partition now holds offsets \
            \(marks.low) to \(marks.high). Its topic was made anew, or records were lost; plan the range anew
            """)
    }

    /// Has Kafka read all that is open, if some of it is not read yet. What was fetched ahead is fetched once more.
    private func assignOpen() throws(KafkaError) {
        let open = partitions.filter { partition in
            cursors[partition].map { !$0.hasEnded && $0.state != .unclear(isAssigned: false) } ?? false
        }
        let assigned = Set(consumer.assignment)
        guard !open.allSatisfy({ assigned.contains($0) && !stopped.contains($0) }) else { return }
        stopped.removeAll()
        // Only the first time: the leaders are known then. If they can't be asked now, the library asks later.
        if assigned.isEmpty { try? consumer.warmUp(timeout: Self.queryPause) }
        try consumer.assignPartitions(open.map { TopicPartitionOffset($0, .at(cursors[$0]?.next ?? 0)) })
    }
}

extension ConsumerTuning {
    /// Of a client that only asks: it sees what open transactions have written.
    static var observer: ConsumerTuning {
        var tuning = ConsumerTuning()
        tuning.readsUncommitted = true
        tuning.statisticsInterval = .zero
        return tuning
    }
}

extension KafkaError {
    var isOfMissingTopic: Bool {
        [.unknownTopicOrPartition, .unknownTopic, .unknownPartition].contains(code)
    }
}
