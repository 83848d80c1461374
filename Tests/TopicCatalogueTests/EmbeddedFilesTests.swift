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
                == TopicName.invalidations + TopicName.retries + [TopicName.dead, TopicName.progress])
        for (file, definition) in zip(TopicCatalogue.definitionFiles, TopicCatalogue.all) {
            #expect(file.path == "definitions/\(definition.name).json")
            #expect(TopicCatalogue.definition(named: definition.name) == definition)
        }
        #expect(TopicCatalogue.definition(named: "cachesync.unknown") == nil)
    }

    @Test func aRecordKeepsItsPartitionNumberWhenItIsDeferredOrDies() throws {
        let dead = try #require(TopicCatalogue.definition(named: TopicName.dead))
        for topic in TopicName.invalidations + TopicName.retries {
            #expect(TopicCatalogue.definition(named: topic)?.partitions == dead.partitions)
        }
    }

    /// A header that names a thousand edges, and their attempts, takes less than 128 KiB.
    @Test(arguments: TopicName.retries + [TopicName.dead])
    func everyRecordFitsThereWithOurHeaders(topic: String) throws {
        let here = try number("max.message.bytes", of: topic)
        for main in TopicName.invalidations {
            #expect(try here >= number("max.message.bytes", of: main) + 128 << 10)
        }
        // What is deferred may die there.
        #expect(try here <= number("max.message.bytes", of: TopicName.dead))
    }

    @Test(arguments: TopicName.retries)
    func whatIsDeferredStaysLongerThanARequestMayGet(topic: String) throws {
        let maximumAge = WorkerSettings().maximumAge
        #expect(try Duration.milliseconds(number("retention.ms", of: topic)) >= maximumAge * 2)
    }

    @Test(arguments: TopicName.retries)
    func theHeadersOfARetryRecordNameEveryReasonAndClass(topic: String) throws {
        let headers = try #require(TopicCatalogue.definition(named: topic)).headers
        let reasons = try #require(headers.first { $0.name == "cs-defer-reason" }).meaning
        for reason in DeferReason.allCases { #expect(reasons.contains("\(reason.rawValue) (")) }
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
