/// One value that a schema must take or refuse.
struct SchemaCase: Encodable, Sendable {
    let name: String
    let schema: String
    let isValid: Bool
    /// JSON text.
    let value: String

    static let all = invalidations + progress + control

    static let invalidations: [SchemaCase] = [
        valid("a tag", #""tags":["product-42"]"#),
        valid("a URL", #""urls":["https://shop.example/p/42?size=L#top"]"#),
        valid("letters beyond ASCII in a URL", #""urls":["https://bücher.example/café?q=ü"]"#),
        valid("letters beyond ASCII in a prefix", #""prefixes":["https://bücher.example/ü/"]"#),
        valid("a scheme in capitals", #""urls":["HTTPS://shop.example/p"],"prefixes":["Http://shop.example/"]"#),
        valid("a host alone", #""urls":["http://shop.example"]"#),
        valid("a prefix", #""prefixes":["https://shop.example/p/"]"#),
        valid("everything", #""everything":true"#),
        valid("all fields", allFields),
        valid("nulls", #""tags":["a"],"urls":null,"prefixes":null,"everything":null,"mode":null,"source":null"#),
        valid("more nulls", #""tags":["a"],"namespace":null,"priority":null,"requestedAt":null,"expiresAt":null"#),
        valid("unknown members", #""tags":["a"],"region":{"name":"eu"}"#),
        valid("large numbers in unknown members", #""tags":["a"],"n":[-2432902008176640001234,1e400,{"m":1e9}]"#),
        valid("an offset from UTC", #""tags":["a"],"requestedAt":"2026-11-22T12:00:00+02:00""#),
        valid("the longest namespace", #""tags":["a"],"namespace":"\#(characters(128))""#),
        valid("the longest tag", #""tags":["\#(characters(1024))"]"#),
        valid("the most tags", #""tags":[\#(strings(1000))]"#),
        valid("the longest URL", #""urls":["http://a/\#(characters(8192 - 9))"]"#),
        valid("the most prefixes", #""prefixes":[\#(strings(100, #""http://a/""#))]"#),
        valid("a cancellation", #""namespace":"shop",\#(cancels)"#),
        valid("a cancellation that selects nothing", #""tags":[],"urls":null,"everything":false,\#(cancels)"#),
        valid("a null for no cancellation", #""tags":["a"],"cancels":null"#),

        invalid("a tag beside a cancellation", #""tags":["a"],\#(cancels)"#),
        invalid("a URL beside a cancellation", #""urls":["http://a/"],\#(cancels)"#),
        invalid("a prefix beside a cancellation", #""prefixes":["http://a/"],\#(cancels)"#),
        invalid("everything beside a cancellation", #""everything":true,\#(cancels)"#),
        invalid("a cancellation of no id", #""cancels":"42""#),
        invalid("a cancellation of nothing", #""cancels":null"#),
        invalid("nothing selected", #""namespace":"shop""#),
        invalid("empty selectors", #""tags":[],"urls":[],"prefixes":[],"everything":false"#),
        invalid("null selectors", #""tags":null"#),
        invalid("tags as text", #""tags":"a""#),
        invalid("a number as tag", #""tags":[1]"#),
        invalid("an empty tag", #""tags":[""]"#),
        invalid("a space in a tag", #""tags":["a b"]"#),
        invalid("a comma in a tag", #""tags":["a,b"]"#),
        invalid("a letter beyond ASCII in a tag", #""tags":["ä"]"#),
        invalid("too long a tag", #""tags":["\#(characters(1025))"]"#),
        invalid("too many tags", #""tags":[\#(strings(1001))]"#),
        invalid("a relative URL", #""urls":["/p/42"]"#),
        invalid("another scheme", #""urls":["ftp://shop.example/"]"#),
        invalid("no host", #""urls":["http:///p"]"#),
        invalid("a space in a URL", #""urls":["http://a/b c"]"#),
        invalid("a star in a URL", #""urls":["https://shop.example/w/*"]"#),
        invalid("a star in a prefix", #""prefixes":["https://shop.example/w/*"]"#),
        invalid("a URL without scheme", #""urls":["shop.example/p"]"#),
        invalid("too long a URL", #""urls":["http://a/\#(characters(8192 - 8))"]"#),
        invalid("a query in a prefix", #""prefixes":["http://a/?q"]"#),
        invalid("too many prefixes", #""prefixes":[\#(strings(101, #""http://a/""#))]"#),
        invalid("text for true", #""everything":"true""#),
        invalid("another mode", #""tags":["a"],"mode":"purge""#),
        invalid("another priority", #""tags":["a"],"priority":"urgent""#),
        invalid("an empty namespace", #""tags":["a"],"namespace":"""#),
        invalid("a slash in a namespace", #""tags":["a"],"namespace":"a/b""#),
        invalid("too long a namespace", #""tags":["a"],"namespace":"\#(characters(129))""#),
        invalid("no time", #""tags":["a"],"requestedAt":"yesterday""#),
        invalid("a pause as time", #""tags":["a"],"notBefore":"30s""#),
        invalid("seconds as time", #""tags":["a"],"expiresAt":1790000000"#),
        invalid("too long a source", #""tags":["a"],"source":"\#(characters(129))""#),
        invalid("a line break in a source", #""tags":["a"],"source":"a\nb""#),
        SchemaCase(name: "no id", schema: invalidation, isValid: false, value: #"{"tags":["a"]}"#),
        SchemaCase(name: "null id", schema: invalidation, isValid: false, value: #"{"id":null,"tags":["a"]}"#),
        SchemaCase(name: "short id", schema: invalidation, isValid: false, value: #"{"id":"42","tags":["a"]}"#),
        SchemaCase(name: "an array", schema: invalidation, isValid: false, value: "[]"),
    ]

    static let progress: [SchemaCase] = [
        snapshot("waiting", true, #""edges":{"queued":["varnish-1"]}"#),
        snapshot("no edge", true, #""edges":{}"#),
        snapshot(
            "all parts", true,
            #"""
            "origin":{"topic":"cachesync.invalidations.normal","partition":3,"offset":42},
            "edges":{"purged":["varnish-1"],"dead":["squid-1"]},
            "failures":[{"edge":"squid-1","class":"permanent","message":"401 Unauthorized","attempts":1}]
            """#),
        snapshot("no edges", false, #""origin":{"topic":"t","partition":0,"offset":0}"#),
        snapshot("an unknown state", false, #""edges":{"thinking":["varnish-1"]}"#),
        snapshot("an edge twice", false, #""edges":{"queued":["varnish-1","varnish-1"]}"#),
        snapshot("a negative offset", false, #""edges":{},"origin":{"topic":"t","partition":0,"offset":-1}"#),
        snapshot("a failure without its edge", false, #""edges":{},"failures":[{"message":"?"}]"#),
    ]

    static let control: [SchemaCase] = [
        order("a replay", true, spec, ""),
        order("a filter and a pace", true, spec, filters),
        order("a redrive", true, dead, #","deadLetters":["3/42"],"classes":["exhausted"],"releaseQuarantine":true"#),
        order("another topic", false, #""topics":["other"],"from":{"cachesync.dead/0":0},"until":{}"#, ""),
        order("no end", false, #""topics":["cachesync.dead"],"from":{"cachesync.dead/0":0}"#, ""),
        order("a negative offset", false, spec.replacing("4200", with: "-1"), ""),
        order("an offset of no partition", false, spec.replacing("normal/3", with: "normal"), ""),
        order("another kind of selector", false, spec, #","selectorKinds":["keys"]"#),
        order("no rate", false, spec, #","rate":0"#),
        order("no glob", false, spec, #","tags":[]"#),
        state("running", true, #""cachesync.invalidations.normal/3":{"next":4321,"target":17}"#, #""read":121"#),
        state("nothing read yet", true, "", ""),
        state("an unknown count", true, "", #""coalesced":3"#),
        state("a count below zero", false, "", #""read":-1"#),
        state("a partition without its offset", false, #""cachesync.dead/0":{}"#, ""),
        SchemaCase(name: "neither", schema: controlSchema, isValid: false, value: "{}"),
        SchemaCase(
            name: "an order without its reason", schema: controlSchema, isValid: false,
            value: #"""
                {"version":1,"kind":"replay","spec":{\#(spec)},"who":"ann","wanted":"planned","at":"\#(time)"}
                """#),
    ]

    private static let invalidation = "invalidation.schema.json"
    private static let controlSchema = "control.schema.json"
    private static let time = "2026-11-22T10:00:00.000Z"
    private static let spec = #"""
        "topics":["cachesync.invalidations.normal"],"from":{"cachesync.invalidations.normal/3":4200},
        "until":{"cachesync.invalidations.normal/3":5100}
        """#
    private static let dead = #"""
        "topics":["cachesync.dead"],"from":{"cachesync.dead/3":0},"until":{"cachesync.dead/3":43}
        """#
    private static let filters = #"""
        ,"namespaces":["shop-*"],"tags":["product-?"],"urls":["https://*"],"sources":["*"],"priorities":["high"],
        "selectorKinds":["tags","everything"],"edges":["varnish-1"],"only":"missing","coalesce":true,
        "contentFrom":"2026-11-22T10:00:00.000Z","rate":0.5,"window":2000,"max":100000
        """#
    private static let cancels = #""cancels":"0190a1b2-0000-7000-8000-0000000000aa""#
    private static let id = "0190a1b2-0000-7000-8000-00000000002a"
    private static let allFields = #"""
        "namespace":"shop","tags":["product-42"],"urls":["https://shop.example/p/42"],"prefixes":[],"everything":false,
        "mode":"soft","priority":"high","requestedAt":"2026-11-22T10:00:00.000Z","notBefore":"2026-11-22T10:30:00Z",
        "expiresAt":"2026-11-22T11:00:00Z","source":"catalog-service"
        """#.filter { $0 != "\n" }

    private static func valid(_ name: String, _ members: String) -> SchemaCase {
        SchemaCase(name: name, schema: invalidation, isValid: true, value: #"{"id":"\#(id)",\#(members)}"#)
    }

    private static func invalid(_ name: String, _ members: String) -> SchemaCase {
        SchemaCase(name: name, schema: invalidation, isValid: false, value: #"{"id":"\#(id)",\#(members)}"#)
    }

    private static func snapshot(_ name: String, _ isValid: Bool, _ members: String) -> SchemaCase {
        let common = #"""
            "id":"\#(id)","namespace":"shop","generation":0,"requestedAt":"2026-11-22T10:00:00.000Z",
            "at":"2026-11-22T10:00:00.120Z","source":"worker-1"
            """#
        return SchemaCase(
            name: name, schema: "progress.schema.json", isValid: isValid, value: "{\(common),\(members)}")
    }

    private static func order(_ name: String, _ isValid: Bool, _ spec: String, _ more: String) -> SchemaCase {
        SchemaCase(
            name: name, schema: controlSchema, isValid: isValid,
            value: #"""
                {"version":2,"kind":"replay","spec":{\#(spec)\#(more)},"who":"ann","reason":"varnish-1 was restored",
                "wanted":"running","at":"\#(time)"}
                """#)
    }

    private static func state(_ name: String, _ isValid: Bool, _ position: String, _ counts: String) -> SchemaCase {
        SchemaCase(
            name: name, schema: controlSchema, isValid: isValid,
            value: #"""
                {"epoch":1,"phase":"running","position":{\#(position)},"counts":{\#(counts)},"at":"\#(time)"}
                """#)
    }

    private static func characters(_ count: Int) -> String { String(repeating: "a", count: count) }

    private static func strings(_ count: Int, _ string: String = #""a""#) -> String {
        Array(repeating: string, count: count).joined(separator: ",")
    }
}
