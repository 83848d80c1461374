import Edges
import Invalidations
import Runtime
import TestSupport
import Testing

/// Tests of the configuration of edges.
@Suite struct EdgeListTests {
    private func read(_ text: String, environment: [String: String] = [:]) throws -> [EdgeConfiguration] {
        let file = try YAMLReader.parse(Array(text.utf8), fileName: "test.yaml")
        return try EdgeList.read(
            ConfigurationSources(
                keys: [EdgeList.key, AccountList.key], environment: environment, file: file, fileName: "test.yaml"))
    }

    @Test func theSimplestEdgeHasDefaults() throws {
        let edges = try read("edges:\n- {name: v-1, adapter: varnish, address: \"http://10.0.0.5:6081/\"}\n")
        let edge = try #require(edges.first)
        #expect(edge.name == "v-1" && edge.adapterName == "varnish" && edge.adapter is VarnishAdapter)
        #expect(edge.address.text == "http://10.0.0.5:6081")
        #expect(edge.namespaces == [.all] && edge.accepts == [.tags, .urls, .prefixes])
        #expect(edge.unsupported == .dead && edge.timeout == .seconds(5) && edge.connections == 64)
        #expect(edge.profile.accepts == edge.accepts && edge.profile.name == "v-1")
        #expect(edge.credentials.description == "none")
    }

    @Test func everySettingIsRead() throws {
        let text = """
            edges:
              - name: nginx-1
                adapter: nginx
                address: https://edge.example
                host: Shop.example
                namespaces: [shop, "blog-*"]
                unsupported: skip
                timeout: 250ms
                connections: 7
                batchItems: 10
                batchBytes: 8KiB
                purgePrefix: /forget/
                purgeMethod: PURGE
                tls: {}
              - name: plain
                adapter: http
                address: http://[::1]:9000/base
                path: /p
                takes: [tags, everything]
                credentials: {bearer: {env: EDGE_KEY}}
            """
        let edges = try read(text, environment: ["EDGE_KEY": "s3cret"])
        #expect(edges.map(\.name) == ["nginx-1", "plain"])
        let nginx = edges[0]
        #expect(nginx.namespaces == [.exactly("shop"), .prefix("blog-")] && nginx.unsupported == .skip)
        #expect(nginx.timeout == .milliseconds(250) && nginx.connections == 7)
        #expect(nginx.batchItems == 10 && nginx.batchBytes == 8_192 && nginx.accepts == .urls)
        let call = nginx.adapter.plan(batch([urls("https://other.example/x")])).calls[0]
        #expect(call.method == "PURGE" && call.url == "https://edge.example/forget/x" && call.host == "shop.example")
        #expect(edges[1].accepts == [.tags, .everything] && edges[1].connections == 8)
        #expect(edges[1].adapter.plan(batch([tags("a")])).calls[0].url == "http://[::1]:9000/base/p")
        #expect(edges[1].credentials.description == "(secret, set)")
    }

    @Test func headersSchemeAndSuccessAreSettings() throws {
        let text = """
            edges:
              - name: v
                adapter: varnish
                address: http://v
                headers: {X-Site: main, X-Key: {env: KEY}, User-Agent: ours}
                hosts: {"*": [s.example, "*.s.example"]}
                scheme: https
                soft: no
                batchTimeout: 5s
              - name: n
                adapter: nginx
                address: http://n
                host: s.example
                credentials: {bearer: {env: KEY}}
                purgeKey: request_uri
                addresses: any
              - name: h
                adapter: http
                address: http://h
                success: {status: [200, 204], type: text/plain, text: purged}
            """
        let edges = try read(text, environment: ["KEY": "hush"])
        #expect(edges[0].headers.map(\.name) == ["X-Site", "X-Key", "User-Agent"])
        #expect(edges[0].headers.map(\.value) == ["main", "hush", "ours"])
        #expect(edges[0].batchTimeout == .seconds(5) && !edges[0].adapter.capabilities.soft)
        #expect(edges[0].adapter.plan(batch([urls("http://s/1")])).calls[0].scheme == .https)
        #expect(edges[1].adapter.plan(batch([urls("http://s/%20")])).calls[0].url == "http://n/purge/%2520")
        #expect(edges.map(\.addresses) == [.single, .any, .any])
        #expect(edges.map(\.profile.singleCallKinds) == [[.urls, .prefixes, .everything], .urls, []])
        let call = edges[2].adapter.plan(batch([tags("a")])).calls[0]
        #expect(edges[2].adapter.outcome(of: answer(202, body: "purged"), for: call).failure != nil)
    }

    /// On where adapter and address allow it, unless somebody says otherwise.
    @Test(arguments: [
        ("nginx", "http", "", true), ("varnish", "http", "", true), ("varnish", "http", "pipelining: on", true),
        ("nginx", "http", "pipelining: off", false), ("nginx", "https", "", false), ("http", "http", "", false),
        ("http", "http", "pipelining: off", false), ("cachesync", "http", "", false),
        ("purge", "http", "", true), ("purge", "http", "pipelining: off", false), ("purge", "https", "", false),
    ])
    func callsArePipelinedWhereTheyCanBe(
        _ adapter: String, _ scheme: String, _ setting: String, _ isPipelined: Bool
    ) throws {
        let more = setting.isEmpty ? "" : ", \(setting)"
        let edges = try read("edges:\n- {name: a, adapter: \(adapter), address: \"\(scheme)://a\"\(more)}\n")
        #expect(edges[0].isPipelined == isPipelined)
    }

    @Test(arguments: [("http", "http"), ("cachesync", "http"), ("nginx", "https")])
    func pipelinesThatCanNotBeAreRefused(_ adapter: String, _ scheme: String) {
        #expect(throws: ConfigurationError.self) {
            try read("edges:\n- {name: a, adapter: \(adapter), address: \"\(scheme)://a\", pipelining: on}\n")
        }
    }

    /// Emptying a cache for one namespace must not take the others' content unasked.
    @Test(arguments: [("[shop]", true), ("[shop, blog]", false), ("[\"shop-*\"]", false), ("[\"*\"]", false)])
    func everythingIsTakenWhereTheCacheHoldsOneNamespace(_ namespaces: String, _ accepts: Bool) throws {
        for adapter in ["varnish", "nginx"] {
            let edges = try read(
                "edges:\n- {name: a, adapter: \(adapter), address: \"http://a\", namespaces: \(namespaces)}\n")
            #expect(edges[0].accepts.contains(.everything) == (accepts && adapter == "varnish"))
        }
    }

    @Test func credentialsNeverShow() throws {
        let text = """
            edges:
              - {name: a, adapter: http, address: "http://a", credentials: {bearer: hushhush}}
              - {name: b, adapter: http, address: "http://b", credentials: {header: X-Key, value: hushhush}}
              - {name: c, adapter: http, address: "http://c", credentials: {user: u, password: hushhush}}
            """
        for edge in try read(text) {
            var dumped = ""
            dump(edge, to: &dumped)
            for shown in ["\(edge)", dumped, "\(edge.credentials)", String(reflecting: edge.credentials)] {
                #expect(!shown.contains("hushhush") && !shown.contains("aHVzaGh1c2"), "\(shown)")
            }
        }
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let edge: String
        let line: Int
        let says: [String]
        var testDescription: String { edge }

        init(_ edge: String, line: Int = 2, _ says: String...) {
            (self.edge, self.line, self.says) = (edge, line, says)
        }
    }

    private static let good = "name: a, adapter: http, address: \"http://a\""

    static let faults = [
        Fault("- {\(good), headers: {Expect: x}}", "headers.Expect", "frames the body"),
        Fault("- {\(good), headers: {Host: x}}", "what `host` sets"),
        Fault("- {\(good), headers: {Connection: x}}", "concerns the connection"),
        Fault("- {\(good), headers: {transfer-Encoding: x}}", "frames the body"),
        Fault("- {\(good), headers: {X-Forwarded-Proto: x}}", "what `scheme` sets"),
        Fault("- {\(good), headers: {xkey-purge: x}}", "adapter's own"),
        Fault("- {\(good), headers: {Authorization: x}}", "set credentials"),
        Fault("- {\(good), headers: {\"X Y\": x}}", "can be sent"),
        Fault("- {\(good), headers: {\"\": x}}", "can be sent"),
        Fault("- {\(good), headers: {X-A: \"a\\r\\nb\"}}", "line ends"),
        Fault("- {\(good), headers: {X-A: a, x-a: b}}", "once"),
        Fault("- {\(good), headers: {X-A: {env: NOT_SET}}}", "NOT_SET"),
        Fault("- {\(good), credentials: {header: Expect, value: k}}", "frames the body"),
        Fault("- {\(good), credentials: {header: Host, value: k}}", "what `host` sets"),
        Fault("- {\(good), credentials: {header: Content-Length, value: \"1\"}}", "frames the body"),
        Fault("- {\(good), credentials: {header: Upgrade, value: k}}", "concerns the connection"),
        Fault("- {\(good), credentials: {header: Content-Type, value: k}}", "adapter's own"),
        Fault("- {name: a, adapter: nginx, address: \"http://a\", credentials: {bearer: k}}", "set host, or hosts"),
        Fault("- {name: a, adapter: varnish, address: \"http://a\", credentials: {bearer: k}}", "set host, or hosts"),
        Fault(
            "- {name: a, adapter: nginx, address: \"http://a\", credentials: {bearer: k}, hosts: {s: [\"*\"]}}",
            "set host, or hosts"),
        Fault(
            "- {name: a, adapter: nginx, address: \"http://a\", headers: {X-Key: {env: KEY}}}", "set host, or hosts"),
        Fault("- {\(good), tags: \"{namespace}\"}", "tags", "{namespace}:{tag}"),
        Fault("- {\(good), tags: \"{tag} {namespace}\"}", "{namespace}:{tag}"),
        Fault("- {\(good), tags: \"{tag}{tag}\"}", "{namespace}:{tag}"),
        Fault("- {\(good), tags: \"{tag}{name}\"}", "{namespace}:{tag}"),
        Fault("- {\(good), tags: \"{tag}}\"}", "{namespace}:{tag}"),
        Fault("- {\(good), hosts: {}}", "hosts", "grants no host"),
        Fault("- {\(good), hosts: {\"a*b\": [x]}}", "no namespace"),
        Fault("- {\(good), hosts: {shop: [\"a*.example\"]}}", "hosts.shop", "*.shop.example"),
        Fault("- {\(good), hosts: {shop: [\"http://a\"]}}", "hosts.shop", "*.shop.example"),
        Fault("- {\(good), hosts: {shop: []}}", "hosts.shop", "1 to 1000"),
        Fault("- {\(good), batchTimeout: 10m}", "batchTimeout"),
        Fault("- {\(good), addresses: two}", "addresses", "single, any"),
        Fault("- {\(good), success: {status: 404}}", "success.status", "200 to 299"),
        Fault("- {\(good), success: {value: x}}", "success.value", "set field"),
        Fault("- {\(good), success: {text: \"\"}}", "success"),
        Fault("- {\(good), success: {body: x}}", "success.body", "known are"),
        Fault("- {\(good), scheme: https}", "scheme", "no such key"),
        Fault("- {name: a, adapter: varnish, address: \"http://a\", scheme: ftp}", "scheme", "url, http, https"),
        Fault("- {name: a, adapter: varnish, address: \"http://a\", soft: maybe}", "soft", "true or false"),
        Fault("- {name: a, adapter: nginx, address: \"http://a\", purgeKey: raw}", "purgeKey", "uri, request_uri"),
        Fault("- just text", "edges[0]"),
        Fault("- {adapter: http, address: \"http://a\"}", "edges[0].name", "is not set"),
        Fault("- {name: Big, adapter: http, address: \"http://a\"}", "name", "a-z"),
        Fault("- {name: a+again, adapter: http, address: \"http://a\"}", "name", "a-z"),
        Fault("- {name: \"a,b\", adapter: http, address: \"http://a\"}", "name", "a-z"),
        Fault("- {name: a, adapter: varnsh, address: \"http://a\"}", "adapter", "did you mean varnish?"),
        Fault("- {name: a, adapter: http}", "address", "is not set"),
        Fault("- {name: a, adapter: http, address: \"a:80\"}", "address", "http://10.0.0.5:6081"),
        Fault("- {name: a, adapter: http, address: \"http://u:p@a\"}", "address", "credentials"),
        Fault("- {name: a, adapter: http, address: \"http://a/?x\"}", "address"),
        Fault("- {\(good), adress: x}", "edges[0].adress", "did you mean address?"),
        Fault("- {\(good), purgePrefix: /x}", "purgePrefix", "no such key"),
        Fault("- {\(good), host: \"a b\"}", "host"),
        Fault("- {\(good), namespaces: [\"a*b\"]}", "namespaces", "shop-*"),
        Fault("- {\(good), namespaces: []}", "namespaces"),
        Fault("- {\(good), takes: [tgs]}", "takes", "did you mean tags?"),
        Fault("- {name: a, adapter: nginx, address: \"http://a\", takes: [tags]}", "takes", "choose of urls"),
        Fault("- {\(good), unsupported: ignore}", "unsupported", "dead, skip"),
        Fault("- {\(good), timeout: 5}", "timeout", "250ms"),
        Fault("- {\(good), timeout: 1h}", "timeout"),
        Fault("- {\(good), connections: 0}", "connections", "1 to 1024"),
        Fault("- {\(good), batchItems: none}", "batchItems"),
        Fault("- {\(good), path: purge}", "path", "write it like /purge"),
        Fault("- {\(good), credentials: {bearer: k, user: u}}", "credentials", "one kind"),
        Fault("- {\(good), credentials: {}}", "credentials", "one kind"),
        Fault("- {\(good), credentials: {bearer: {env: NOT_SET}}}", "NOT_SET"),
        Fault("- {\(good), credentials: {header: \"X Key\", value: k}}", "can be sent"),
        Fault("- {\(good), credentials: {header: X, value: \"a\\r\\nb\"}}", "cannot be sent"),
        Fault("- {\(good), tls: {ca: nowhere.pem}}", "tls", "https://"),
        Fault("- {name: a, adapter: http, address: \"https://a\", tls: {ca: nowhere.pem}}", "tls.ca", "PEM"),
        Fault("- {\(good), limits: 5/s}", "edges[0].limits"),
        Fault("- {\(good), limits: {requests: 5}}", "limits.requests", "50/s"),
        Fault("- {\(good), limits: {requests: 0/s}}", "limits.requests", "50/s"),
        Fault("- {\(good), limits: {items: 1MB/s}}", "limits.items", "50/s"),
        Fault("- {\(good), limits: {bytes: 1Mb/s}}", "limits.bytes", "64KiB/s"),
        Fault("- {\(good), limits: {requestBurst: 5}}", "requestBurst", "did you mean requestsBurst?"),
        Fault("- {\(good), limits: {requestsBurst: 0}}", "requestsBurst"),
        Fault("- {\(good), limits: {bytesBurst: 1MB}}", "bytesBurst", "set bytes"),
        Fault("- {\(good), limits: {requests: none, requestsBurst: 1}}", "requestsBurst", "set requests"),
        Fault("- {\(good), account: cdn}", "account", "list it under `accounts`"),
        Fault(
            "- {\(good), account: cnd}\naccounts: [{name: cdn, limits: {items: 1/s}}]", "account", "did you mean cdn?"),
        Fault("- {\(good), linger: 11s}", "linger", "0s and 10s"),
        Fault("- {\(good), layer: 8}", "layer", "0 to 7"),
        Fault("- {\(good), layerDelay: 1}", "layerDelay", "250ms"),
        Fault("- {\(good), purgeAgainAfter: 2h}", "purgeAgainAfter", "1h"),
        Fault("- {\(good), edgesAtOnce: 0}", "edgesAtOnce"),
        Fault("- {\(good)}\n- {\(good)}", line: 3, "has the name a", "test.yaml:2"),
    ]

    @Test(arguments: faults)
    func faultsNameLineKeyAndRemedy(_ fault: Fault) {
        do {
            let edges = try read("edges:\n\(fault.edge)\n", environment: ["KEY": "hush"])
            Issue.record("read as \(edges.map(\.name))")
        } catch {
            let text = "\(error)"
            #expect(text.contains("test.yaml:\(fault.line)"), "\(text)")
            for part in fault.says { #expect(text.contains(part), "\(text)") }
            #expect(!text.contains("u:p@"), "\(text)")
        }
    }

    @Test func thereAreNotTooMany() throws {
        let edges = (0...EdgeList.countMax).map { own($0, "n\($0)") }
        #expect(throws: ConfigurationError.self) { try read(list(edges)) }
        #expect(try read(list(edges.dropLast())).count == EdgeList.countMax)
    }

    /// More edges than one request can have must not serve one namespace: each of its requests would end as a dead
    /// letter.
    @Test(arguments: [("*", "shop"), ("shop", "shop"), ("sh*", "shop-*"), ("*", "*")])
    func noNamespaceHasTooMany(_ some: String, _ others: String) throws {
        let half = Limits.edges / 2
        let fit = (0..<half).map { own($0, some) } + (half..<Limits.edges).map { own($0, others) }
        #expect(try read(list(fit)).count == Limits.edges)
        #expect(try fanOut(fit + [own(Limits.edges, some)]).contains("serves \(others) with so many others"))
        let repeated = fit.dropLast() + [own(Limits.edges, others, "purgeAgainAfter: 5s")]
        #expect(try fanOut(Array(repeated)).contains("513 purges"))
    }

    private func own(_ number: Int, _ namespace: String, _ more: String = "linger: 0s") -> String {
        "- {name: e\(number), adapter: http, address: \"http://a\", namespaces: \"\(namespace)\", \(more)}"
    }

    private func list(_ edges: some Sequence<String>) -> String { "edges:\n" + edges.joined(separator: "\n") }

    private func fanOut(_ edges: [String]) throws -> String {
        "\(try #require(throws: ConfigurationError.self) { try read(list(edges)) })"
    }
}
