import Invalidations
import TestSupport
import Testing
import Workers

/// Tests of the reading order.
struct ReadingOrderTests {
    private static let partitions = (0..<4).flatMap { topic in
        (0..<Int32(3)).map { SourcePartition(topic: topic, partition: $0) }
    }

    private func order() -> ReadingOrder { ReadingOrder(Self.partitions, weights: [16, 4, 1, 1]) }

    /// Reads so many records in chunks from queues that never end.
    private func read(
        _ order: inout ReadingOrder, chunks: Int, size: Int = 10, onlyTopics: Set<Int> = [0, 1, 2, 3]
    ) -> [SourcePartition: Int] {
        var counts: [SourcePartition: Int] = [:]
        for _ in 0..<chunks {
            guard let index = order.next() else { break }
            let source = order.partitions[index]
            if onlyTopics.contains(source.topic) {
                counts[source, default: 0] += size
                order.read(index, records: size)
            } else {
                order.drained(index, records: 0)
            }
        }
        return counts
    }

    private func byTopic(_ counts: [SourcePartition: Int]) -> [Int: Int] {
        Dictionary(counts.map { ($0.key.topic, $0.value) }, uniquingKeysWith: +)
    }

    @Test func topicsGetTheirWeightsAndPartitionsTakeTurns() {
        var order = order()
        let counts = read(&order, chunks: 22 * 30)
        #expect(byTopic(counts) == [0: 4_800, 1: 1_200, 2: 300, 3: 300])
        for topic in 0..<4 {
            let shares = Self.partitions.filter { $0.topic == topic }.map { counts[$0] ?? 0 }
            #expect(shares.max()! - shares.min()! <= 10)
        }
    }

    @Test func whoIsAloneGetsAll() {
        var order = order()
        #expect(byTopic(read(&order, chunks: 100, onlyTopics: [2])) == [2: 910])
    }

    /// Low priority was alone for a long time: a takedown is read at once all the same, and low goes on beside it.
    @Test func nobodyPaysForHavingBeenAlone() {
        var order = order()
        _ = read(&order, chunks: 1_000, onlyTopics: [2])
        order.wake()
        let counts = byTopic(read(&order, chunks: 17 * 20 + 6, onlyTopics: [0, 2]))
        #expect(counts[0]! >= 3_150 && counts[0]! <= 3_250)
        #expect(counts[2]! >= 190 && counts[2]! <= 210)
    }

    @Test func topicsThatAreNotAskedForKeepTheirLines() {
        var order = order()
        for _ in 0..<3 {
            guard let index = order.next(isOpenTo: { $0 == 3 }) else { break }
            #expect(order.partitions[index].topic == 3)
            order.drained(index, records: 0)
        }
        #expect(order.next(isOpenTo: { $0 == 3 }) == nil)
        #expect(order.hasNext && order.next() != nil)
    }

    @Test func whatComesToOneTopicWakesThatOne() {
        var order = order()
        while let index = order.next() { order.drained(index, records: 0) }
        order.wake(topic: 2)
        var topics: [Int] = []
        while let index = order.next() {
            topics.append(order.partitions[index].topic)
            order.drained(index, records: 0)
        }
        #expect(topics == [2, 2, 2])
    }

    @Test func whatIsDrainedIsNotLookedAtUntilSomethingComes() {
        var order = order()
        while let index = order.next() { order.drained(index, records: 0) }
        #expect(!order.hasNext)
        order.wake()
        #expect(order.hasNext)
    }

    @Test func whatIsHeldBackWaitsForCapacityAlone() {
        var order = order()
        let held = SourcePartition(topic: 3, partition: 1)
        while let index = order.next() {
            if order.partitions[index] == held { order.hold(index) } else { order.drained(index, records: 0) }
        }
        order.wake()
        while let index = order.next() {
            #expect(order.partitions[index] != held)
            order.drained(index, records: 0)
        }
        order.release { _ in 0 }
        #expect(!order.hasNext)
        order.release { $0 == held ? 1 : 0 }
        let next = order.next()
        #expect(next.map { order.partitions[$0] } == held)
    }

    /// However many are held back, the one that has capacity again is found within as many looks.
    @Test func everyoneHeldBackIsLookedAtInTurn() {
        for free in Self.partitions {
            var order = order()
            while let index = order.next() { order.hold(index) }
            let looks = (0..<6).map { _ in order.probe { $0 == free ? 1 : 0 } }
            #expect(looks.filter { $0 }.count == 2, "each of twelve is looked at once in three calls")
            #expect(!order.hasNext)
        }
    }

    @Test func anyCourseOfEventsKeepsEveryPartitionInSight() {
        var random = SeededGenerator.printed("reading order")
        var order = order()
        var waiting = Set(Self.partitions)
        var full: Set<SourcePartition> = []
        for _ in 0..<20_000 {
            if Int.random(in: 0..<10, using: &random) == 0 {
                waiting.formUnion(Self.partitions.filter { _ in Bool.random(using: &random) })
                full = Set(Self.partitions.filter { _ in Bool.random(using: &random) })
                order.wake()
            }
            order.release { full.contains($0) ? 0 : 1 }
            guard let index = order.next() else {
                #expect(waiting.subtracting(full).isEmpty, "something waits and is not in line")
                continue
            }
            let source = order.partitions[index]
            if full.contains(source) {
                order.hold(index)
            } else if waiting.contains(source) && Bool.random(using: &random) {
                order.read(index, records: 7)
            } else {
                order.drained(index, records: 0)
                waiting.remove(source)
            }
        }
    }
}
