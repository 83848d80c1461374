import Invalidations
import Kafka
import Replays
import TestSupport
import Testing
import TopicCatalogue

/// A run that is taken over again and again publishes each record once.
struct PublishedLogTests {
    /// One partition: its source, the replay topic, and the last state that was stored.
    private struct Partition {
        let count: Int64
        let wanted: Set<Int64>
        /// Of the replay topic: the source offset of each record, or nil for another run's.
        var topic: [Int64?] = []
        var state: (next: Int64, target: Int64)?

        func takeOver() -> PublishedLog {
            guard let state else { return PublishedLog(next: 0, target: 0) }
            var known: [Int64: Int64] = [:]
            for index in Int(state.target)..<topic.count {
                if let source = topic[index] { known[source] = Int64(index) }
            }
            return PublishedLog(next: state.next, target: state.target, known: known)
        }
    }

    /// One that has published nothing must not hide how far another one has come.
    @Test func sourcesThatShareAPartitionEachKnowTheirLastRecord() {
        let (high, low) = (TopicPartition(TopicName.high, 1), TopicPartition(TopicName.low, 1))
        let spec = RunSpec([LogRange(high, from: 0, to: 5), LogRange(low, from: 0, to: 9)])
        let state = RunState(
            epoch: 1, phase: .running,
            position: [
                RunSpec.name(of: high): RunState.Position(next: 0, target: 3),
                RunSpec.name(of: low): RunState.Position(next: 6, target: 8),
            ], at: Timestamp(milliseconds: 0))
        let starts = PublishedLog.targetStarts(spec, state, watermarks: [1: (low: 2, high: 10)])
        #expect(starts == [1: 3])
        let known = [RunOrigin(partition: low, number: 7): Int64(9), RunOrigin(partition: low, number: 5): Int64(7)]
        let logs = PublishedLog.find(spec, state, publishedFrom: starts, known)
        #expect(logs[high]?.end == 3 && logs[low]?.end == 10)
        #expect(logs[low]?.isKnown(7) == true && logs[low]?.isKnown(5) == false && logs[low]?.knownCount == 1)
        // A run that was never begun has published nothing, and what retention has removed is not looked for.
        #expect(PublishedLog.targetStarts(spec, nil, watermarks: [1: (low: 2, high: 10)]) == [1: 10])
        #expect(PublishedLog.targetStarts(spec, state, watermarks: [1: (low: 4, high: 10)]) == [1: 4])
    }

    /// Its workers must be waited for, however often the run is taken over.
    @Test func recordsOfEarlierOwnersThatArePassedAreStillTheLastOnes() {
        var log = PublishedLog(next: 0, target: 4, known: [0: 5, 1: 7, 9: 8])
        #expect(log.end == 9)
        let point = log.checkpoint(position: 3)
        #expect(point.next == 3 && point.target == 8, "the one that is not passed is looked for there")
        let last = log.checkpoint(position: 10)
        #expect(last.next == 10 && last.target == 9 && log.end == 9)
    }

    @Test(arguments: ["", "a", "a/1", "a/1/2/3", "a/x/2", "a/1/x", "a/99999999999/2"])
    func otherTextNamesNoOrigin(_ text: String) {
        #expect(RunOrigin(header: Array(text.utf8)) == nil)
        #expect(RunOrigin(header: Array("a/1/2".utf8)) == RunOrigin(partition: TopicPartition("a", 1), number: 2))
    }

    @Test func eachRecordIsPublishedOnceHoweverOftenTheOwnerDies() {
        var random = SeededGenerator.printed("published log")
        for _ in 0..<2_000 {
            let count = Int64.random(in: 1...40, using: &random)
            let wanted = Set((0..<count).filter { _ in Bool.random(using: &random) })
            var partition = Partition(count: count, wanted: wanted)
            var owners = 0
            while !own(&partition, isLast: owners > 20, using: &random) { owners += 1 }
            let published = partition.topic.compactMap(\.self)
            #expect(published.sorted() == wanted.sorted(), "\(published) of \(wanted.sorted()), seed \(random.seed)")
        }
    }

    /// - Returns: whether the owner came to the end.
    private func own(_ partition: inout Partition, isLast: Bool, using random: inout SeededGenerator) -> Bool {
        var log = partition.takeOver()
        // Stored before anything is published, so that the next owner finds it.
        partition.state = log.checkpoint(position: log.next)
        var position = log.next
        var sent: [Int64] = []
        while position < partition.count || !sent.isEmpty {
            switch Int.random(in: 0..<8, using: &random) {
            case 0 where !isLast:
                // The broker may have stored some of what nobody heard of.
                for offset in sent.prefix(Int.random(in: 0...3, using: &random)) { partition.topic.append(offset) }
                return false
            case 1: partition.topic.append(nil)
            case 2: partition.state = log.checkpoint(position: position)
            case 3, 4:
                guard let offset = sent.first else { continue }
                sent.removeFirst()
                partition.topic.append(offset)
                log.store(offset, at: Int64(partition.topic.count - 1))
            default:
                guard position < partition.count, sent.count < 5 else { continue }
                if partition.wanted.contains(position), !log.isKnown(position) {
                    log.publish(position)
                    sent.append(position)
                }
                position += 1
            }
        }
        return true
    }
}
