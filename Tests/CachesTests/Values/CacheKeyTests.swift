import Caches
import Testing

/// Keys of entries: their bounds, and that bytes alone decide.
struct CacheKeyTests {
    @Test(arguments: [
        ("", CacheInputError.keyIsMissing), (String(repeating: "k", count: 1_025), .keyIsTooLong),
        (String(repeating: "é", count: 513), .keyIsTooLong),
    ])
    func refusesWhatIsNoKey(_ text: String, _ error: CacheInputError) {
        #expect(throws: error) { try CacheKey(text) }
    }

    @Test(arguments: [String(repeating: "k", count: 1_024), String(repeating: "é", count: 512), " ", "\0", "a b\n"])
    func acceptsAnyOtherBytes(_ text: String) throws {
        #expect(try CacheKey(text).bytes == Array(text.utf8))
    }

    /// Swift's strings are equal here; keys are not.
    @Test func twoSpellingsOfACharacterAreTwoKeys() throws {
        #expect("\u{E9}" == "e\u{301}")
        #expect(try CacheKey("\u{E9}") != CacheKey("e\u{301}"))
    }

    @Test func bytesThatAreNoTextAreAKey() throws {
        #expect(try CacheKey([0xFF, 0xFE]) != CacheKey([0xFF, 0xFD]))
    }
}
