import Foundation
import Invalidations
import Testing
import TopicCatalogue

/// Tests of the definitions in the binary.
struct EmbeddedFilesTests {
    @Test func everyFileOfTheFolderIsEmbeddedByteForByte() throws {
        let embedded = TopicCatalogue.definitionFiles + TopicCatalogue.schemaFiles
        for file in embedded {
            let bytes = try Data(contentsOf: ContractFolder.url.appending(path: file.path))
            #expect([UInt8](bytes) == file.bytes, "\(file.path)")
        }
        let present = try ["definitions", "schemas"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: ContractFolder.url.appending(path: folder).path)
                .map { "\(folder)/\($0)" }
        }
        #expect(embedded.map(\.path).sorted() == present.sorted())
    }

    @Test func theDefinitionsHaveTheNamesThatTheCodeUses() {
        #expect(
            TopicCatalogue.all.map(\.name)
                == TopicName.invalidations + TopicName.retries
                + [TopicName.replays, TopicName.dead, TopicName.progress, TopicName.control]
                + [TopicName.cacheWrites, TopicName.cacheDead, TopicName.cacheRollout])
        for (file, definition) in zip(TopicCatalogue.definitionFiles, TopicCatalogue.all) {
            #expect(file.path == "definitions/\(definition.name).json")
            #expect(TopicCatalogue.definition(named: definition.name) == definition)
        }
        #expect(TopicCatalogue.definition(named: "cachesync.unknown") == nil)
    }

    @Test func aRecordKeepsItsPartitionNumberWhenItIsDeferredOrDies() throws {
        let dead = try #require(TopicCatalogue.definition(named: TopicName.dead))
        for topic in TopicName.invalidations + TopicName.retries + [TopicName.replays] {
            #expect(TopicCatalogue.definition(named: topic)?.partitions == dead.partitions)
        }
    }

    @Test func aWriteKeepsItsPartitionNumberAndItsHeadersWhenItDies() throws {
        let writes = try #require(TopicCatalogue.definition(named: TopicName.cacheWrites))
        let dead = try #require(TopicCatalogue.definition(named: TopicName.cacheDead))
        #expect(writes.partitions == dead.partitions)
        #expect(Set(writes.headers.map(\.name)).isSubset(of: dead.headers.map(\.name)))
        let capacity = try number("max.message.bytes", of: TopicName.cacheDead)
        #expect(try capacity >= number("max.message.bytes", of: TopicName.cacheWrites) + 32 << 10)
        // Compaction would remove writes that conditions of later ones were decided by.
        #expect(writes.config["cleanup.policy"] == "delete")
    }

    /// One partition has one owner, who runs all orders.
    @Test func theControlTopicHasOnePartitionAndKeepsTheLatestOfEachKey() throws {
        let control = try #require(TopicCatalogue.definition(named: TopicName.control))
        #expect(control.partitions == 1)
        #expect(control.config["cleanup.policy"] == "compact,delete")
    }

    /// Every node reads all records, and knows the rollouts whenever it starts.
    @Test func theRolloutTopicHasOnePartitionAndForgetsNoNamespace() throws {
        let rollout = try #require(TopicCatalogue.definition(named: TopicName.cacheRollout))
        #expect(rollout.partitions == 1)
        #expect(rollout.config["cleanup.policy"] == "compact" && rollout.config["retention.ms"] == "-1")
    }

    private static let headersOfRuns = [
        "cs-run", "cs-generation", "cs-redrive-count", "cs-replayed-at", "cs-status-id",
    ]

    @Test func aReplayHasTheHeadersOfARetryRecordAndThoseOfItsRun() throws {
        let retry = try #require(TopicCatalogue.definition(named: TopicName.retries[0])).headers.map(\.name)
        let replay = try #require(TopicCatalogue.definition(named: TopicName.replays)).headers.map(\.name)
        #expect(Set(replay).count == replay.count)
        #expect(Set(replay) == Set(retry + ["cs-run-from", "cs-run-epoch"]))
        #expect(Set(Self.headersOfRuns).isSubset(of: replay))
    }

    /// A replay that fails once more.
    @Test(arguments: TopicName.retries + [TopicName.dead])
    func whatFailsMayHaveTheHeadersOfItsRun(topic: String) throws {
        let headers = try #require(TopicCatalogue.definition(named: topic)).headers
        for name in Self.headersOfRuns { #expect(headers.first { $0.name == name }?.required == false, "\(name)") }
    }

    /// A header that names a thousand edges, and their attempts, takes less than 128 KiB.
    @Test(arguments: TopicName.retries + [TopicName.replays, TopicName.dead])
    func everyRecordFitsThereWithOurHeaders(topic: String) throws {
        let here = try number("max.message.bytes", of: topic)
        for main in TopicName.invalidations {
            #expect(try here >= number("max.message.bytes", of: main) + 128 << 10)
        }
        // What is deferred may die there.
        #expect(try here <= number("max.message.bytes", of: TopicName.dead))
    }

    @Test(arguments: TopicName.retries + [TopicName.replays])
    func whatIsDeferredStaysLongerThanARequestMayGet(topic: String) throws {
        let maximumAge = WorkerSettings().maximumAge
        #expect(try Duration.milliseconds(number("retention.ms", of: topic)) >= maximumAge * 2)
    }

    @Test(arguments: TopicName.retries + [TopicName.replays])
    func theHeadersOfARetryRecordNameEveryReasonAndClass(topic: String) throws {
        let headers = try #require(TopicCatalogue.definition(named: topic)).headers
        let reasons = try #require(headers.first { $0.name == "cs-defer-reason" }).meaning
        // Workers read that one from the replay topic, and never write it.
        for reason in DeferReason.allCases where reason != .replay || topic == TopicName.replays {
            #expect(reasons.contains("\(reason.rawValue) ("))
        }
        let classes = try #require(headers.first { $0.name == "cs-last-class" }).meaning
        for failure in PurgeFailure.Class.allCases { #expect(classes.contains(failure.rawValue)) }
    }

    private func number(_ setting: String, of topic: String) throws -> Int {
        try #require(TopicCatalogue.definition(named: topic)?.config[setting].flatMap { Int($0) })
    }

    @Test func everySchemaThatIsNamedExists() {
        let schemas = Set(TopicCatalogue.schemaFiles.map(\.path))
        for schema in TopicCatalogue.all.compactMap(\.value.schema) {
            #expect(schemas.contains("schemas/\(schema)"))
        }
    }
}

/// `Topics/` of the checkout that the tests were built from.
enum ContractFolder {
    static let url = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Topics")
}
