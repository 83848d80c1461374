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
        #expect(CacheValue(held: [1], coding: .zstd, entityTag: tag).entityTag == tag)
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

    /// A strong validator is of these bytes alone; to writers both forms are the same value.
    @Test func eachCodingHasItsOwn() {
        let (plain, packed) = (tag.text(.identity), tag.text(.zstd))
        #expect(plain == tag.description && packed == "\"" + plain.filter { $0 != "\"" } + "-zstd\"")
        #expect(tag.isNamed(in: packed, isWeak: false) && !tag.isNamed(in: "W/" + packed, isWeak: false))
        #expect(!tag.isNamed(in: packed.replacing("zstd", with: "gzip"), isWeak: true))
        let table: [(list: String, coding: CacheValue.Coding, named: String?)] = [
            (plain, .identity, plain), (plain, .zstd, plain), (packed, .identity, packed), (packed, .zstd, packed),
            ("\(plain), \(packed)", .identity, plain), ("\(plain), \(packed)", .zstd, packed),
            ("*", .identity, plain), ("*", .zstd, packed), ("\"x\"", .zstd, nil), ("", .identity, nil),
            ("W/\(packed)", .identity, packed),
        ]
        for row in table {
            #expect(tag.named(in: row.list, isWeak: true, preferring: row.coding) == row.named, "\(row)")
        }
    }
}
