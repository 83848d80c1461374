import CacheWrites
import Kafka
import Runtime
import TestSupport
import Testing
import TopicCatalogue

/// Tests of appending to a real Kafka that answers, and to one that is frozen.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct WriteLogTests {
    @Test(.timeLimit(.minutes(2)))
    func anAnswerHasThePositionAndSilenceLeavesTheOutcomeUnknown() throws {
        let broker = try KafkaBroker()
        let definition = try #require(TopicCatalogue.definition(named: TopicName.cacheWrites))
        try TopicSetup.apply([definition], to: KafkaAdmin(broker.configuration))
        var settings = WriteLogSettings()
        settings.pendingMax = 2
        settings.deliveryTimeout = .seconds(2)
        let log = try WriteLog(broker.configuration, settings: settings, log: .silent)
        defer { log.close(within: .seconds(1)) }
        #expect(log.partitionCount == 12)
        func append(_ number: Int) throws -> Answer<Result<LogPosition, AppendError>> {
            let answer = Answer<Result<LogPosition, AppendError>>()
            try log.append(WritesFixture.record("k", number)) { answer.set($0) }
            return answer
        }
        let first = try append(1).value().get()
        let second = try append(2).value().get()
        #expect(first.offset == 0 && second == LogPosition(partition: first.partition, offset: 1))
        // Who waits is told a moment before its part of the bound is free.
        try eventually("nothing waits") { log.pendingCount == 0 }

        broker.freeze()
        let silent = try [append(3), append(4)]
        #expect(log.pendingCount == 2)
        let refusal = #expect(throws: AppendError.self) { try append(5) }
        #expect(refusal?.isOutcomeUnknown == false, "nothing was sent")
        for answer in silent {
            guard case .failure(let error) = try answer.value() else {
                Issue.record("a frozen broker has answered")
                continue
            }
            #expect(error.isOutcomeUnknown, "\(error)")
        }
        broker.thaw()
        try eventually("writes are stored once more", within: .seconds(60)) {
            guard case .success = try append(6).value() else { return false }
            return true
        }
        log.close(within: .seconds(5))
        #expect(throws: AppendError.self) { try append(7) }
    }
}
