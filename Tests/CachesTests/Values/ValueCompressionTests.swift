import Caches
import TestSupport
import Testing

/// Values that are held compressed: what the publisher sent comes back, or nothing does.
struct ValueCompressionTests {
    /// Bytes as values have them: words that come again and again, and some that do not.
    private static func text(_ count: Int, noise: Int, _ random: inout SeededGenerator) -> [UInt8] {
        let words = (0..<20).map { _ in (0..<8).map { _ in UInt8.random(in: 0x61...0x7A, using: &random) } }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let isNoise = Int.random(in: 0..<100, using: &random) < noise
            let word = words[Int.random(in: words.indices, using: &random)]
            bytes += isNoise ? word.map { _ in UInt8.random(in: 0...255, using: &random) } : word
        }
        return Array(bytes.prefix(count))
    }

    @Test func whatIsCompressedComesBack() throws {
        var random = SeededGenerator.printed("values that are compressed")
        var kept = 0
        for _ in 0..<400 {
            let noise = Int.random(in: 0...100, using: &random)
            let bytes = Self.text(Int.random(in: 1...40_000, using: &random), noise: noise, &random)
            let value = try CacheValue(bytes)
            #expect(value.size == bytes.count && value.expanded() == bytes)
            guard let smaller = value.compressed() else { continue }
            kept += 1
            try #require(smaller.expanded() == bytes && smaller.bytes == bytes)
            try #require(smaller.size == bytes.count && smaller.entityTag == value.entityTag)
            try #require(smaller.coding == .zstd && smaller.held.count <= bytes.count * 88 / 100)
            #expect(smaller.held.capacity <= smaller.held.count + 64, "no more memory is kept than it needs")
            #expect(smaller.compressed() == nil, "once is enough")
        }
        #expect(kept > 100)
    }

    @Test(arguments: [0, 1, 7, 100])
    func whatSavesLittleStaysAsItIs(_ count: Int) throws {
        var random = SeededGenerator(seed: 1)
        let noise = (0..<max(count, 1) * 100).map { _ in UInt8.random(in: 0...255, using: &random) }
        #expect(try CacheValue(noise).compressed() == nil)
        #expect(try CacheValue([UInt8](repeating: 0x30, count: min(count, 7))).compressed() == nil)
    }

    @Test func theLargestValueFits() throws {
        let bytes = [UInt8](repeating: 0x20, count: CacheLimits.valueBytes)
        let smaller = try #require(try CacheValue(bytes).compressed())
        #expect(smaller.held.count < 1_024 && smaller.expanded() == bytes)
    }

    // MARK: What may be damaged

    private static func read(_ value: CacheValue, held: [UInt8]? = nil, coding: Int64? = nil, size: Int64? = nil)
        -> CacheValue?
    {
        CacheValue(
            held: held ?? value.held, coding: coding ?? Int64(value.coding.rawValue), size: size ?? Int64(value.size),
            entityTag: value.entityTag.description)
    }

    @Test func whatIsWholeIsRead() throws {
        for value in [try CacheValue(Array("{}".utf8)), try compressed()] { #expect(Self.read(value) == value) }
    }

    @Test func whatDoesNotAgreeIsNotRead() throws {
        let value = try compressed()
        for size in [Int64.min, -1, 0, 1, Int64(value.size) - 1, Int64(value.size) + 1, 1 << 21, 1 << 40, Int64.max] {
            #expect(Self.read(value, size: size) == nil, "\(size) bytes")
        }
        for coding in [Int64.min, -1, 0, 2, 256, 257, Int64.max] { #expect(Self.read(value, coding: coding) == nil) }
        let other = try CacheValue(Array("other".utf8)).entityTag.description
        let own = value.entityTag.description
        for tag in ["", "\"", "\"\"", other, "W/" + own, own + " ", value.entityTag.text(.zstd), own.uppercased()] {
            let read = CacheValue(held: value.held, coding: 1, size: Int64(value.size), entityTag: tag)
            #expect(read == nil || read?.entityTag.description == tag, "\(tag)")
        }
        // A frame of a whole mebibyte where hundred bytes were said, and one that says it has more than is allowed.
        let large = try #require(try CacheValue([UInt8](repeating: 0x20, count: 1 << 20)).compressed())
        #expect(Self.read(large, size: 100) == nil)
        #expect(CacheValue(held: large.held, coding: 1, size: 100, entityTag: own) == nil)
        #expect(Self.read(value, held: []) == nil && Self.read(value, held: [0x28, 0xB5, 0x2F, 0xFD]) == nil)
    }

    @Test func changedBytesAreNeverTakenForTheValue() throws {
        var random = SeededGenerator.printed("values that are damaged")
        let value = try compressed()
        for _ in 0..<3_000 {
            var held = value.held
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                switch Int.random(in: 0...2, using: &random) {
                case 0: held[Int.random(in: held.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
                case 1: held.removeLast(min(held.count - 1, Int.random(in: 1...9, using: &random)))
                default: held.insert(.random(in: 0...255, using: &random), at: held.count / 2)
                }
            }
            guard let read = Self.read(value, held: held) else { continue }
            // Some bits of a frame say nothing of its content.
            try #require(read.expanded() == value.expanded())
        }
    }

    private func compressed() throws -> CacheValue {
        let bytes = Array((0..<300).map { "{\"number\":\($0)}" }.joined(separator: ",").utf8)
        return try #require(try CacheValue(bytes).compressed())
    }
}
