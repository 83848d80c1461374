import Invalidations
import Kafka
import Testing
import Views

/// Tests of what a view keeps of a request's record for people.
struct PublicationDetailsTests {
    private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func text(
        _ selectors: Selectors, mode: PurgeMode = .hard, cancels: RequestID? = nil, _ headers: [RecordHeader] = []
    ) -> String {
        var details = PublicationDetails()
        let invalidation = Invalidation(
            id: RequestID(at: .now()), namespace: .default, selectors: selectors, mode: mode, requestedAt: .now(),
            cancels: cancels)
        // The second one is as the first: nothing of the first is left.
        _ = details.text(of: invalidation, headers, TopicPartition("invalidations", 3), offset: 16)
        return details.text(of: invalidation, headers, TopicPartition("invalidations", 3), offset: 17)
    }

    @Test func whatTheRecordSaysIsKept() {
        let headers = [RecordHeader("cs-principal", "ci \"one\""), RecordHeader("traceparent", Self.trace)]
        let text = Self.text(Selectors(tags: ["a"], urls: ["https://b/\u{1}"]), mode: .soft, headers)
        #expect(
            text == #"{"origin":"invalidations/3/17","mode":"soft","selectors":{"tags":["a"],"#
                + #""urls":["https://b/\u0001"]},"selectorCounts":{"tags":1,"urls":1,"prefixes":0},"#
                + #""principal":"ci \"one\"","traceparent":"\#(Self.trace)"}"#)
        #expect(PublicationDetailsReader().principal(in: text) == "ci \"one\"")
    }

    @Test func whatIsMissingIsLeftOut() {
        let headers = [RecordHeader("traceparent", "00-0"), RecordHeader(name: "cs-principal", value: [0xFF])]
        #expect(
            Self.text(Selectors(everything: true), headers)
                == #"{"origin":"invalidations/3/17","mode":"hard","selectors":{"everything":true},"#
                + #""selectorCounts":{"tags":0,"urls":0,"prefixes":0}}"#)
        let cancelling = Self.text(Selectors(), cancels: RequestID(at: .now()))
        #expect(cancelling == #"{"origin":"invalidations/3/17"}"#)
        #expect(PublicationDetailsReader().principal(in: cancelling) == nil)
        #expect(PublicationDetailsReader().principal(in: "no JSON") == nil)
    }

    @Test func ofManySelectorsTheFirstAreNamed() {
        let text = Self.text(Selectors(tags: (0..<10_000).map { "tag-\($0)" }, prefixes: ["https://c/"]))
        #expect(text.utf8.count < 2_000 && text.contains(#""tag-0","tag-1""#))
        #expect(text.contains(#""selectorCounts":{"tags":10000,"urls":0,"prefixes":1}"#))
        let long = Self.text(Selectors(urls: ["https://d/" + String(repeating: "x", count: 2_000)]))
        #expect(long.contains(#""urls":[]"#) && long.contains(#""urls":1"#), "what is cut is no URL")
        #expect(text.contains(#""prefixes":["https://c/"]"#), "many tags leave a prefix its share")
        let mixed = Self.text(Selectors(urls: ["https://d/" + String(repeating: "x", count: 2_000), "https://e/"]))
        #expect(mixed.contains(#""urls":["https://e/"]"#), "one that is too long hides no other")
        let name = String(repeating: "n", count: 9_000)
        #expect(Self.text(Selectors(), [RecordHeader("cs-principal", name)]).utf8.count < 500)
    }
}
