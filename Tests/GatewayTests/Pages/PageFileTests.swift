import Foundation
import Gateway
import TestSupport
import Testing

/// The browser component and the page that shows it, as the gateway serves them.
@Suite(.timeLimit(.minutes(1)))
struct PageFileTests {
    private static let types = [
        "/cache-sync.js": "text/javascript; charset=utf-8", "/cache-sync.d.ts": "text/plain; charset=utf-8",
        "/custom-elements.json": "application/json", "/demo": "text/html; charset=utf-8",
        "/demo.js": "text/javascript; charset=utf-8", "/demo.css": "text/css; charset=utf-8",
    ]

    @Test func filesAreServedAndKeptUntilTheyChange() throws {
        let gateway = try GatewayFixture()
        for (path, type) in Self.types {
            let answer = try RawHTTP.get(gateway.port, path)
            #expect(answer.status == 200 && answer.header("Content-Type") == type, "\(path) \(answer.status)")
            let policy = answer.header("Content-Security-Policy")
            #expect(policy?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(answer.header("X-Content-Type-Options") == "nosniff" && !answer.body.isEmpty)
            let tag = try #require(answer.header("ETag"))
            #expect(try RawHTTP.get(gateway.port, path, headers: ["If-None-Match: \(tag)"]).status == 304)
        }
        #expect(try RawHTTP.get(gateway.port, "/cache-sync.js", method: "POST").status == 405)
        #expect(try RawHTTP.get(gateway.port, "/cache-sync.css").status == 404)
    }

    /// Its comments and indents stay here: they are for those who change it.
    @Test func theComponentIsSmall() throws {
        let gateway = try GatewayFixture()
        let served = try RawHTTP.get(gateway.port, "/cache-sync.js")
        #expect(!served.text.contains("\n//") && !served.text.contains("\n\t"))
        #expect(served.text.contains("customElements"))
        let directory = try TemporaryDirectory("component")
        let file = directory.file("cache-sync.js")
        try Data(served.body).write(to: URL(fileURLWithPath: file))
        let packed = try runCommand(["sh", "-c", "gzip -9 < \(file) | wc -c"])
        let bytes = try #require(Int(packed.output.filter(\.isNumber)))
        #expect(bytes <= 12 * 1_024, "\(bytes) bytes")
    }

    @Test(arguments: [
        ("a = 1; // why\n  b = \"x  // y\";\n", "a=1;b=\"x  // y\";"),
        ("const a = b + +c, d = e - -f;", "const a=b+ +c,d=e- -f;"),
        ("if (/[/ ]+ \\/ /.test(x)) y = a / b / c;", "if(/[/ ]+ \\/ /.test(x))y=a/b/c;"),
        ("x = `a  b ${c ? `d  e` : { f: \"}\" }.f}  g`\n\ny", "x=`a  b ${c ? `d  e` : { f: \"}\" }.f}  g`\ny"),
        ("a /* b */ = 'it\\'s  so'\n\n\n[b]", "a='it\\'s  so'\n[b]"),
        ("x = `${/[\"`}]/.test(y) ? /'/ : z}  w`", "x=`${/[\"`}]/.test(y) ? /'/ : z}  w`"),
        ("class A { static #b = 1; get c() {} }", "class A{static #a=1;get c(){}}"),
        ("#one; x = `${this.#two + `#one`} #one`; '#one'; this.#one", "#a;x=`${this.#b + `#one`} #one`;'#one';this.#a"),
        ("x = \"open", "x=\"open"), ("x = /open", "x=/open"), ("/* open", ""), ("`${", "`${"), ("", ""),
    ])
    func scriptsLoseWhatBrowsersDoNotRead(_ script: String, _ bare: String) {
        #expect(String(decoding: BareScript(Array(script.utf8)).bytes, as: UTF8.self) == bare)
    }

    /// The documents name what the module has, and nothing else.
    @Test func theManifestSaysWhatTheModuleHas() throws {
        let gateway = try GatewayFixture()
        let module = try RawHTTP.get(gateway.port, "/cache-sync.js").text
        let types = try RawHTTP.get(gateway.port, "/cache-sync.d.ts").text
        let manifest = try RawHTTP.get(gateway.port, "/custom-elements.json")
        let declarations = manifest.list("modules").first?["declarations"] as? [[String: Any]]
        let declaration = try #require(declarations?.first)
        func names(_ list: String) -> [String] {
            (declaration[list] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        }
        for list in ["attributes", "members", "events", "slots", "cssParts", "cssProperties", "cssStates"] {
            #expect(!names(list).isEmpty, "\(list)")
        }
        for name in names("attributes") + names("cssProperties") { #expect(module.contains(name), "\(name)") }
        for name in names("events") + names("cssStates") { #expect(module.contains("\"\(name)\""), "\(name)") }
        for name in names("members") { #expect(types.contains(name), "\(name)") }
        for name in names("events") { #expect(types.contains("  \(name): CustomEvent"), "\(name)") }
        for part in names("cssParts") {
            #expect(module.contains("part:\"\(part)\"") || module.contains("part=\(part)"), "\(part)")
        }
        for slot in names("slots") where !slot.isEmpty { #expect(module.contains("slot(\"\(slot)\")"), "\(slot)") }
    }
}
