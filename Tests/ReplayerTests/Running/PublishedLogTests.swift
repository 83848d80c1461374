import Replayer
import TestSupport
import Testing

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
