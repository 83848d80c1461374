import Bridges
import Invalidations
import Kafka
import Mappings
import Testing

/// Tests of where a foreign partition is begun.
@Suite struct StartingOffsetTests {
    private let marks = Watermarks(low: 100, high: 200)

    private func startingOffset(_ committed: Int64?, isTopicKnown: Bool = true, _ start: Mapping.Start = .latest)
        -> StartingOffset
    {
        StartingOffset(committed: committed, marks: marks, isTopicKnown: isTopicKnown, start: start)
    }

    @Test func aNewTopicBeginsAsTheMappingSays() {
        #expect(startingOffset(nil, isTopicKnown: false).offset == 200)
        #expect(startingOffset(nil, isTopicKnown: false, .earliest).offset == 100)
    }

    @Test func aPartitionThatWasAddedBeginsAtItsFirstRecord() {
        #expect(startingOffset(nil).offset == 100 && startingOffset(nil).fault == nil)
    }

    @Test func aCommittedOffsetCountsWhereItIsInTheLog() {
        for committed in [Int64(100), 150, 200] {
            #expect(startingOffset(committed).offset == committed && startingOffset(committed).fault == nil)
        }
        #expect(startingOffset(99).offset == 100 && startingOffset(99).fault == .deletedUnread)
        #expect(startingOffset(201).offset == 100 && startingOffset(201).fault == .beyondEnd)
    }

    @Test func idsAreThoseOfTheRecord() {
        let partition = TopicPartition("a", 3)
        func id(_ bridge: String, _ offset: Int64, _ timestamp: Int64?) -> RequestID {
            EventID.make(bridge: bridge, partition: partition, offset: offset, timestamp: timestamp)
        }
        #expect(id("b", 7, 1).text == id("b", 7, 1).text)
        #expect(Set([id("b", 7, 1), id("b", 8, 1), id("c", 7, 1), id("b", 7, 2), id("b", 7, nil)]).count == 5)
        let text = Array(id("b", 7, 1).text)
        #expect(text[14] == "8" && "89ab".contains(text[19]), "a UUID of version 8")
    }
}
