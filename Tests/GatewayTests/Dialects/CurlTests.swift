import Foundation
import Gateway
import Invalidations
import TestSupport
import Testing

/// Tests with curl as the client of three dialects.
@Suite(.timeLimit(.minutes(2)))
struct CurlTests {
    /// - Returns: what the answer's body was.
    private func curl(_ arguments: [String], in directory: TemporaryDirectory) throws -> String {
        let output = directory.file("output-\(UUID().uuidString)")
        let process = try ChildProcess(["curl", "-sS", "--fail", "--max-time", "20"] + arguments, output: output)
        let status = try process.waitForExit()
        let text = try String(contentsOfFile: output, encoding: .utf8)
        #expect(status == 0, "\(arguments): \(text)")
        return text
    }

    /// As the documents of the products write them, but for the address.
    @Test func documentedCommandsPurge() throws {
        let gateway = try GatewayFixture { $0.tokens = ["TOKEN"] }
        let directory = try TemporaryDirectory("curl")
        let base = "http://127.0.0.1:\(gateway.port)"
        let fastly = try curl(
            [
                "-X", "POST", "-H", "Fastly-Key: TOKEN", "-H", "Accept: application/json", "-H", "Fastly-Soft-Purge: 1",
                "\(base)/service/shop/purge/product-42",
            ], in: directory)
        #expect(fastly.hasPrefix(#"{"status":"ok","id":""#))
        // curl calls its data a form unless it is told otherwise.
        let cloudflare = try curl(
            ["-H", "X-Auth-Email: a@b.example", "-H", "X-Auth-Key: TOKEN", "-d", #"{"tags":["a","b"]}"#]
                + ["\(base)/client/v4/zones/shop/purge_cache"], in: directory)
        #expect(cloudflare.hasPrefix(#"{"success":true,"errors":[],"messages":[],"result":{"id":""#))
        let varnish = try curl(
            [
                "-X", "PURGE", "-H", "Host: shop.example", "-H", "X-Forwarded-Proto: https", "-H",
                "Authorization: Bearer TOKEN", "-H", "Cache-Sync-Namespace: shop", "\(base)/p/42?a=b",
            ], in: directory)
        #expect(varnish.hasPrefix("Purge queued: "))
        let keys = try curl(
            ["-X", "PURGEKEYS", "-H", "Authorization: Bearer TOKEN", "-H", "xkey-purge: k", "\(base)/?namespace=shop"],
            in: directory)
        #expect(keys.hasPrefix("Purge queued: "))
        let published = try gateway.published("shop")
        let expected = [
            Selectors(tags: ["product-42"]), Selectors(tags: ["a", "b"]),
            Selectors(urls: ["https://shop.example/p/42?a=b"]), Selectors(tags: ["k"]),
        ]
        #expect(published.map(\.selectors) == expected)
        #expect(published.map(\.mode) == [.soft, .hard, .hard, .hard])
    }
}
