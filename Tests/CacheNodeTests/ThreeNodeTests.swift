import CacheNode
import Caches
import Gateway
import HTTP
import Invalidations
import Runtime
import TestSupport
import Testing

/// Three nodes that share keys. One cluster serves all checks, since it needs seconds to come up.
@Suite(.serialized, .enabled(if: DurableFixture.isAvailable, DurableFixture.missing))
struct ThreeNodeTests {
    @Test(.timeLimit(.minutes(3)))
    func loadsMirrorsAndKeysThatChangeHands() throws {
        let origin = try OriginServer { _, responder in responder.respond(.empty(404)) }
        let configuration = try #require(OriginConfiguration(origin.template))
        let three = try ThreeNodes("three") {
            $0.rules.mirrors = MirrorRules()
            $0.rules.mirrors?.above = 3
            $0.namespaces = [
                .init(.exactly("shop"), NamespaceRules(), origin: configuration),
                .init(.exactly("plain"), NamespaceRules()),
            ]
        }
        let loads = ColdKeyChecks(three: three, origin: origin)
        try loads.aThousandReadersOfThreeNodesMakeOneCall()
        try loads.eachNodeFindsWhatOneHas()
        let mirrors = MirrorChecks(three: three)
        try mirrors.aHotKeyIsMirroredAndSaysSo()
        try mirrors.aWriteIsSeenAtOnceByWayOfItsNodeAndByExactReaders()
        try mirrors.whatIsPublishedReachesMirrors()
        try mirrors.nothingIsMirroredUnlessItIsSet()
        try mirrors.measure()
        // Nothing is mirrored for a while behind it.
        try mirrors.nobodyGetsWhatAnAnsweredInvalidationMeant()
        try loads.readsGoOnWhileKeysChangeHands(0)
    }
}
