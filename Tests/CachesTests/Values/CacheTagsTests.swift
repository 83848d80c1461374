import Caches
import Testing

/// Tags of entries: what an invalidation could not name is refused.
struct CacheTagsTests {
    @Test(arguments: ["", "a b", "a,b", "caf\u{E9}", "\u{7F}", "tab\t", "nul\0", String(repeating: "t", count: 1_025)])
    func refusesWhatNoInvalidationCanName(_ tag: String) {
        #expect(throws: CacheInputError.tagIsNotAllowed(1)) { try CacheTags.validated(["fine", tag]) }
    }

    @Test func keepsEachOnceInOrder() throws {
        #expect(try CacheTags.validated(["b", "a", "b", "!~+-:"]) == ["b", "a", "!~+-:"])
    }

    @Test func allowsSixtyFour() throws {
        let names = (0..<65).map { "t\($0)" }
        #expect(try CacheTags.validated(Array(names.prefix(64))).count == 64)
        #expect(throws: CacheInputError.tooManyTags) { try CacheTags.validated(names) }
    }
}
