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
    @Test(.timeLimit(.minutes(5)))
    func loadsMirrorsAndKeysThatChangeHands() throws {
        let origin = try OriginServer { _, responder in responder.respond(.empty(404)) }
        var configuration = try #require(OriginConfiguration(origin.template))
        configuration.timeout = OriginServer.patience
        let products = try SQLOriginTests.timedOrigin()
        let three = try ThreeNodes("three") { [configuration] in
            $0.fills.loadTimeMax = OriginServer.patience
            $0.rules.mirrors = MirrorRules()
            $0.rules.mirrors?.above = 3
            var tables = CacheConfiguration.NamespaceEntry(.exactly("tables"), NamespaceRules())
            tables.sqlOrigin = products
            $0.namespaces = [
                .init(.exactly("shop"), NamespaceRules(), origin: configuration), tables,
                .init(.exactly("plain"), NamespaceRules()),
            ]
        }
        let loads = ColdKeyChecks(three: three, origin: origin)
        try loads.aThousandReadersOfThreeNodesMakeOneCall()
        try loads.eachNodeFindsWhatOneHas()
        try loads.aRowIsLoadedOnceForAllNodes()
        try PairingTests.eachReaderOfThreeNodesGetsItsOwnValue(three)
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
