import Caches
import Invalidations
import TestSupport
import Testing

/// Which keys are in a rollout's share.
struct RolloutShareTests {
    private static let shop = Namespace("shop") ?? .default

    @Test(
        arguments: [
            ("0", 0), ("100", 100_000), ("5", 5_000), ("0.25", 250), ("12.345", 12_345), ("0.0004", 0), ("", nil),
            ("-1", nil), ("101", nil), ("1e1", nil), ("five", nil), (".", nil), ("inf", nil),
        ] as [(String, Int?)])
    func aPercentageIsReadWithThreeDecimals(_ text: String, _ parts: Int?) {
        #expect(RolloutShare(text)?.parts == parts)
    }

    @Test(arguments: ["0", "5", "0.25", "12.345", "0.001", "99.999", "100"])
    func aShareIsShownAsItWasWritten(_ text: String) { #expect(RolloutShare(text)?.description == text) }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func aLargerShareHasAllKeysOfASmallerOne(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let salt = UInt64.random(in: .min ... .max, using: &generator)
        for number in 0..<2_000 {
            let key = try CacheKey("key-\(number)")
            let small = Int.random(in: 0...100_000, using: &generator)
            let (one, two) = (
                RolloutShare(parts: small), RolloutShare(parts: Int.random(in: small...100_000, using: &generator))
            )
            if one.contains(key, of: Self.shop, salt: salt) {
                #expect(two.contains(key, of: Self.shop, salt: salt), "seed \(seed): \(key) in \(one), not in \(two)")
            }
            #expect(!RolloutShare.none.contains(key, of: Self.shop, salt: salt))
            #expect(RolloutShare.whole.contains(key, of: Self.shop, salt: salt))
        }
    }

    @Test func aShareHasAboutSoManyKeysAndOthersUnderAnotherSalt() throws {
        let share = RolloutShare(parts: 5_000)
        let keys = try (0..<20_000).map { try CacheKey("product:\($0)") }
        let one = Set(keys.indices.filter { share.contains(keys[$0], of: Self.shop, salt: 1) })
        let two = Set(keys.indices.filter { share.contains(keys[$0], of: Self.shop, salt: 2) })
        let other = Set(keys.indices.filter { share.contains(keys[$0], of: .default, salt: 1) })
        for chosen in [one, two, other] { #expect((850...1_150).contains(chosen.count), "\(chosen.count) of 20000") }
        #expect(one.intersection(two).count < 150 && one.intersection(other).count < 150)
    }

    /// Nodes of different versions must agree, and so must one before and after its restart.
    @Test func theBucketsOfKeysStayForEver() throws {
        let share = RolloutShare(parts: 20_000)
        let chosen = try (0..<40).filter { share.contains(try CacheKey("k\($0)"), of: Self.shop, salt: 0x0123_4567) }
        #expect(chosen == Self.chosen)
    }

    private static let chosen = [4, 9, 22, 25, 27, 32, 38]
}
