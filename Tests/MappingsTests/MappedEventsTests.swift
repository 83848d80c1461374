import Foundation
import Invalidations
import Mappings
import Testing

/// Events as other systems send them, and what becomes of them.
@Suite struct MappedEventsTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let mapping: String
        var headers: [(String, String)] = []
        let value: String?
        let result: String
    }

    static let resourceChange = """
        {"$schema":"/resource_change/1.0.0","meta":{"uri":"https://en.wikipedia.org/wiki/Caf%C3%A9",\
        "request_id":"b0caa18d-5e34-4a9b-9d2f-0d0c8f4b7a10","id":"b0caa18d-6c7f-4d9c-8a2f-2c1f0b1d7e55",\
        "dt":"2026-11-27T11:59:58.120Z","domain":"en.wikipedia.org","stream":"mediawiki.resource_change"},\
        "tags":["change-prop","transcludes"],"root_event":{"signature":"d9a7","dt":"2026-11-27T11:59:50Z"}}
        """
    static let rowUpdate = """
        {"before":{"id":42,"category":7,"slug":"old"},"after":{"id":42,"category":9,"slug":"new shoe"},\
        "source":{"version":"3.0.0.Final","connector":"postgresql","name":"shop","ts_ms":1795780797000,\
        "snapshot":"false","db":"shop","schema":"public","table":"products","lsn":33227720},\
        "op":"u","ts_ms":1795780798123,"transaction":null}
        """
    static let cloudEvent = """
        {"specversion":"1.0","type":"com.example.product.changed","source":"/catalog","subject":"products/42",\
        "id":"A234-1234-1234","time":"2026-11-27T11:59:31Z","datacontenttype":"application/json",\
        "data":{"sku":"A-42","related":["A-7","A-9"],"shop":{"name":"de"}}}
        """

    static let examples = [
        Example(
            testDescription: "a resource change of Wikimedia",
            mapping: #"topic: a, format: resource-change, namespace: wiki, where: {"meta.domain": "*.wikipedia.org"}"#,
            value: resourceChange, result: "wiki: https://en.wikipedia.org/wiki/Caf%C3%A9"),
        Example(
            testDescription: "a resource change of another domain",
            mapping: #"topic: a, format: resource-change, where: {"meta.domain": ["*.wiktionary.org", commons]}"#,
            value: resourceChange, result: "passed over"),
        Example(
            testDescription: "one of the test events that Wikimedia sends each hour",
            mapping: "topic: a, format: resource-change",
            value: #"{"meta":{"domain":"canary","uri":"https://en.wikipedia.org/","dt":"2026-11-27T12:00:00Z"}}"#,
            result: "passed over"),
        Example(
            testDescription: "a CloudEvent in its structured form",
            mapping: """
                topic: a, format: cloud-events, namespace: "shop-{data.shop.name}", \
                tags: ["product-{data.sku}", "product-{data.related}"], where: {type: "com.example.product.*"}
                """,
            value: cloudEvent, result: "shop-de: product-A-42 product-A-7 product-A-9"),
        Example(
            testDescription: "a CloudEvent in its binary form",
            mapping: """
                topic: a, format: cloud-events, tags: ["{data.sku}"], where: {type: "*.changed", region: eu}
                """,
            headers: [
                ("ce_specversion", "1.0"), ("ce_type", "product.changed"), ("ce_id", "1"), ("ce_source", "/catalog"),
                ("ce_region", "eu"), ("content-type", "application/json; charset=utf-8"),
            ],
            value: #"{"sku":"A-42"}"#, result: "default: A-42"),
        Example(
            testDescription: "a CloudEvent whose data stands in Base64",
            mapping: #"topic: a, format: cloud-events, tags: ["{data.sku}"]"#,
            value: """
                {"specversion":"1.0","type":"t","source":"/","id":"1",\
                "data_base64":"\(Data(#"{"sku":"A-42"}"#.utf8).base64EncodedString())"}
                """,
            result: "default: A-42"),
        Example(
            testDescription: "an update of a row as Debezium tells it",
            mapping: """
                topic: a, format: debezium, namespace: shop, tags: ["product-{row.id}", "category-{row.category}"], \
                urls: ["https://shop.example/p/{after.slug}"]
                """,
            value: rowUpdate,
            result: "shop: product-42 category-7 category-9 https://shop.example/p/new%20shoe"),
        Example(
            testDescription: "a deletion of a row, with the schema beside it",
            mapping: #"topic: a, format: debezium, tags: ["product-{row.id}"], where: {source.table: products}"#,
            value: """
                {"schema":{"type":"struct","fields":[{"type":"struct","fields":[{"type":"int32","field":"id"}],\
                "field":"before"}],"name":"shop.public.products.Envelope"},"payload":{"before":{"id":42},\
                "after":null,"source":{"table":"products"},"op":"d","ts_ms":1795780798123}}
                """,
            result: "default: product-42"),
        Example(
            testDescription: "a row that a connector reads when it begins",
            mapping: #"topic: a, format: debezium, tags: ["product-{row.id}"]"#,
            value: #"{"before":null,"after":{"id":1},"op":"r","ts_ms":1795780798123,"source":{"snapshot":"true"}}"#,
            result: "passed over"),
        Example(
            testDescription: "the tombstone behind a deletion",
            mapping: #"topic: a, format: debezium, tags: ["product-{row.id}"]"#,
            value: nil, result: "passed over"),
        Example(
            testDescription: "any JSON, behind the frame of a schema registry",
            mapping: """
                topic: a, format: json, namespace: "{tenant}", tags: ["{kind}:{items.id}"], \
                prefixes: ["https://{host}/{+path}"]
                """,
            value: "\0\0\0\0\u{7}"
                + #"{"tenant":"blog","kind":"post","items":[{"id":1},{"id":18446744073709551615}],"#
                + #""host":"blog.example","path":"2026/11"}"#,
            result: "blog: post:1 post:18446744073709551615 https://blog.example/2026/11…"),
    ]

    @Test(arguments: examples) func becomesWhatTheMappingSays(_ example: Example) throws {
        let mapping = try mapping(example.mapping)
        let result = mapped(example.value.map { Array($0.utf8) }, headers: example.headers, by: mapping)
        #expect(result == example.result)
    }

    @Test func aRequestHasTheMappingsModeAndPriorityAndTheEventsTime() throws {
        let mapping = try mapping(
            #"topic: shop.products, format: debezium, tags: ["p-{row.id}"], mode: soft, priority: low"#)
        let event = Array(Self.rowUpdate.utf8)
        let result = event.withUnsafeBytes {
            EventMapper().map(ForeignEvent(value: $0), by: mapping, id: anID, now: noon)
        }
        guard case .request(let request, let value) = result else {
            Issue.record("the event gives \(result)")
            return
        }
        #expect(request.id == anID && request.mode == .soft && request.priority == .low)
        #expect(request.source == "shop.products")
        #expect(request.requestedAt == Timestamp(milliseconds: 1_795_780_798_123))
        // Workers read it as it was meant.
        let read = try value.withUnsafeBytes { try InvalidationDecoder().decode(record: $0, time: noon, arrival: noon) }
        #expect(read == request)
    }

    @Test(arguments: [
        ("\"2026-11-27T11:00:00Z\"", "2026-11-27T11:00:00.000Z"), ("1795777200123", "2026-11-27T11:00:00.123Z"),
        // From the future, from long ago, in another form, and absent: the time of reading.
        ("\"2026-11-27T12:30:00Z\"", noon.text), ("\"2027-11-27T12:00:00Z\"", noon.text),
        ("\"2020-01-01T00:00:00Z\"", noon.text), ("9223372036854775807", noon.text),
        ("-9223372036854775808", noon.text), ("\"yesterday\"", noon.text), ("1e300", noon.text), ("null", noon.text),
    ])
    func timesThatAreNotPlausibleAreThoseOfReading(_ given: String, _ taken: String) throws {
        let mapping = try mapping("topic: a, format: json, tags: [a], time: at")
        let result = Array("{\"at\":\(given)}".utf8).withUnsafeBytes {
            EventMapper().map(ForeignEvent(value: $0, time: noon), by: mapping, id: anID, now: noon)
        }
        guard case .request(let request, _) = result else {
            Issue.record("the event gives \(result)")
            return
        }
        #expect(request.requestedAt.text == taken)
    }
}
