import Caches
import Testing

/// Validators: of the bytes alone, and how conditions name them.
struct EntityTagTests {
    private let tag = EntityTag(of: Array("{\"a\":1}".utf8))

    @Test func isOfTheBytes() throws {
        #expect(EntityTag(of: Array("{\"a\":1}".utf8)) == tag)
        #expect(EntityTag(of: Array("{\"a\":2}".utf8)) != tag)
        #expect(EntityTag(of: [0]) != EntityTag(of: [0, 0]))
        #expect(try CacheValue(Array("{\"a\":1}".utf8)).entityTag == tag)
        #expect(CacheValue(compressed: [1], coding: .zstd, entityTag: tag).entityTag == tag)
    }

    /// Clients keep it over restarts.
    @Test func keepsItsForm() {
        #expect(tag.description == EntityTag(of: Array("{\"a\":1}".utf8)).description)
        #expect(tag.description.wholeMatch(of: #/"[0-9a-f]{16}-7"/#) != nil)
    }

    @Test func conditionsNameIt() {
        #expect(tag.isNamed(in: "*", isWeak: false))
        #expect(tag.isNamed(in: "\"x\" ,\t\(tag)", isWeak: false))
        #expect(tag.isNamed(in: "W/\(tag)", isWeak: true))
        #expect(!tag.isNamed(in: "W/\(tag)", isWeak: false))
        #expect(!tag.isNamed(in: "", isWeak: true))
        #expect(!tag.isNamed(in: "\"\(tag)\"", isWeak: true))
    }
}
