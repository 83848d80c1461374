import Invalidations
import TestSupport
import Testing

/// Completed offsets: encoding, decoding and bounds.
struct CompletedOffsetsTests {
    @Test func whatWasCommittedIsReadBack() throws {
        let core = CoreHarness()
        var random = SeededGenerator.printed("completed-offset set")
        for number in 0..<400 { core.publish(tag: "x", namespace: "n\(number)") }
        var done: Set<Int64> = []
        for purge in core.purges where Bool.random(using: &random) {
            core.send(.purged(purge.number, .acknowledged))
            done.insert(Int64(purge.batch.namespace.name.dropFirst())!)
        }
        core.revoke()
        let point = core.commits[CoreHarness.source] ?? CommitPoint(offset: 0)
        let set = CompletedOffsets(metadata: point.metadata, offset: point.offset)
        #expect(point.metadata.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        for offset in 0..<Int64(400) {
            #expect((offset < point.offset || set.contains(offset)) == done.contains(offset), "offset \(offset)")
        }
    }

    @Test(arguments: [
        nil, "", "a", "b", "a=", "aAA", "a\u{0}", "xAQ", String(repeating: "a", count: 4_000), "aĀ", "aAQAA",
    ])
    func whatCannotBeReadHoldsNothing(_ metadata: String?) {
        #expect(CompletedOffsets(metadata: metadata, offset: 10).isEmpty)
    }
}
