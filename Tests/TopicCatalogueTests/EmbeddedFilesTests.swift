import Foundation
import Testing
import TopicCatalogue

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
        #expect(TopicCatalogue.all.map(\.name) == TopicName.invalidations + [TopicName.dead, TopicName.progress])
        for (file, definition) in zip(TopicCatalogue.definitionFiles, TopicCatalogue.all) {
            #expect(file.path == "definitions/\(definition.name).json")
            #expect(TopicCatalogue.definition(named: definition.name) == definition)
        }
        #expect(TopicCatalogue.definition(named: "cachesync.unknown") == nil)
    }

    @Test func aRecordKeepsItsPartitionNumberWhenItDies() throws {
        let dead = try #require(TopicCatalogue.definition(named: TopicName.dead))
        for topic in TopicName.invalidations {
            #expect(TopicCatalogue.definition(named: topic)?.partitions == dead.partitions)
        }
    }

    @Test func aDeadLetterHasRoomForEveryRecordAndItsHeaders() throws {
        let dead = try #require(TopicCatalogue.definition(named: TopicName.dead)?.config["max.message.bytes"])
        for topic in TopicName.invalidations {
            let main = try #require(TopicCatalogue.definition(named: topic)?.config["max.message.bytes"])
            #expect(try #require(Int(dead)) >= #require(Int(main)) + 65_536)
        }
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
