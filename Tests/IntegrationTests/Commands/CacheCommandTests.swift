import Foundation
import HTTP
import JSON
import TestSupport
import Testing

/// Commands that speak to a cache node, on one that runs in `cachesync up`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct CacheCommandTests {
    private let up: RunningUp
    private let node: Int

    init() throws {
        node = try freePort()
        up = try RunningUp(
            settings: "cache: {listen: \"127.0.0.1:\(node)\", memory: 16MiB, token: cache-token}",
            gateway: "token: gateway-token")
    }

    /// The node and the token are those of the file, as they are for a process that runs the node.
    private func run(_ words: String...) throws -> (exitCode: Int32, output: String, messages: String) {
        try BuiltCommand.runApart(["cache"] + words + ["--config", up.file])
    }

    @Test func entriesAreSetReadAndDeleted() throws {
        let set = try run("set", "p 42/ü", "{\"price\": 1.50}", "-n", "shop", "--ttl", "10m", "-t", "a", "-t", "b")
        #expect(set.exitCode == 0 && set.output == "stored p 42/ü in shop, fresh for 600s\n", "\(set)")
        let got = try run("get", "p 42/ü", "-n", "shop")
        #expect(got.exitCode == 0 && got.output == "{\"price\": 1.50}" && got.messages.isEmpty, "\(got)")
        let shown = try run("get", "p 42/ü", "-n", "shop", "--headers")
        #expect(shown.output == got.output)
        for words in ["ETag: \"", "Cache-Control: private, max-age=", "Cache-Groups: \"a\", \"b\""] {
            #expect(shown.messages.contains(words), "\(shown)")
        }
        let age = shown.messages.split(separator: "\n").first { $0.hasPrefix("Age: ") }
        #expect((0...60).contains(age.flatMap { Int($0.dropFirst(5)) } ?? -1), "\(shown)")
        let document = try run("get", "p 42/ü", "-n", "shop", "--json").output
        try JSONParser(bytesMax: 1 << 20).parse(Array(document.utf8)) { root in
            #expect(root["key"]?.string == "p 42/ü" && root["namespace"]?.string == "shop")
            #expect(root["value"]?["price"]?.double == 1.5 && root["tags"]?.count == 2)
            #expect((590...600).contains(root["ttl"]?.int64 ?? 0), "\(document)")
        }
        let other = try run("get", "p 42/ü")
        #expect(other.exitCode == 66 && other.output.isEmpty, "\(other)")
        #expect(other.messages.contains("default has no entry p 42/ü"), "\(other)")
        #expect(try run("delete", "p 42/ü", "-n", "shop").exitCode == 0)
        #expect(try run("get", "p 42/ü", "-n", "shop").exitCode == 66)
        #expect(try run("delete", "p 42/ü", "-n", "shop").exitCode == 0)
    }

    @Test func valuesComeFromFilesAndStandardInput() throws {
        let file = try up.directory.write("value.json", " [1, 2]\n")
        #expect(try run("set", "file", "--file", file).exitCode == 0)
        #expect(try run("get", "file").output == "[1, 2]")
        let words = ["cache", "set", "stdin", "-", "--string", "--config", up.file]
        #expect(try BuiltCommand.run(words, input: try up.directory.write("text", "two \"words\"")).exitCode == 0)
        #expect(try run("get", "stdin").output == "\"two \\\"words\\\"\"")
        // What is several members for a node is no value.
        let smuggled = try run("set", "k", "1,\"ttl\":5")
        #expect(smuggled.exitCode == 65 && smuggled.messages.contains("no JSON"), "\(smuggled)")
        let large = try up.directory.write("large", "\"" + String(repeating: "x", count: 1 << 20) + "\"")
        let refused = try run("set", "k", "-f", large)
        #expect(refused.exitCode == 65 && refused.messages.contains("larger than 1048576 bytes"), "\(refused)")
        #expect(try run("set", "k", "1", "-t", "no good").exitCode == 65)
    }

    @Test func invalidationsAndFiguresAreOfThisNode() throws {
        for key in ["a", "b", "c"] { #expect(try run("set", key, "1", "-n", "shop", "-t", "t-\(key)").exitCode == 0) }
        let stats = try run("stats")
        let row = try #require(stats.output.split(separator: "\n").first { $0.hasPrefix("shop") })
        #expect(row.split(separator: " ").map(String.init)[1] == "3", "\(stats)")
        #expect(stats.output.contains("3 entries, "), "\(stats)")
        #expect(try run("stats", "--json").output.contains("\"entries\":3"))
        let invalidated = try run("invalidate", "-n", "shop", "-t", "t-a", "-t", "t-b")
        #expect(invalidated.output == "invalidated 2 entries of shop in the cache\n", "\(invalidated)")
        #expect(try run("get", "a", "-n", "shop").exitCode == 66 && run("get", "c", "-n", "shop").exitCode == 0)
        #expect(try run("invalidate", "-n", "shop", "--everything", "--json").output.contains("\"invalidated\":1"))
    }

    @Test func credentialsAndAddressesCanBeGiven() throws {
        let bare = try up.directory.write("bare.yaml", "log: {level: info}\n")
        func ask(_ words: String...) throws -> (exitCode: Int32, output: String) {
            try BuiltCommand.run(["cache", "get", "k"] + words + ["--config", bare])
        }
        let stranger = try ask("--node", "127.0.0.1:\(node)")
        #expect(stranger.exitCode == 78 && stranger.output.contains("give --cache-token"), "\(stranger)")
        #expect(try ask("--cache", "127.0.0.1:\(node)", "--cache-token", "cache-token").exitCode == 66)
        // In `up` the gateway's address serves the node's calls as well.
        #expect(try ask("--node", up.gateway + "/", "--cache-token", "cache-token").exitCode == 66)
        let publisher = try ask("--node", up.gateway, "--cache-token", "gateway-token")
        #expect(publisher.exitCode == 78 && publisher.output.contains("scope cache"), "\(publisher)")
        let page = try HTTPServer(HTTPServerConfiguration()) { _, answer in answer.respond(.text(404, "nothing")) }
        let foreign = try ask("--node", "http://127.0.0.1:\(page.port)")
        #expect(foreign.exitCode == 69 && foreign.output.contains("is no cache node"), "\(foreign)")
    }

    @Test func aWritePublishesInTheSameCall() throws {
        // The token of the cache opens no publishing where the gateway asks for another one.
        let refused = try run("set", "k", "1", "-n", "shop", "--invalidate-tag", "t")
        #expect(refused.exitCode == 78 && refused.messages.contains("scope publish"), "\(refused)")
        #expect(try run("get", "k", "-n", "shop").exitCode == 66)
        let port = try freePort()
        let open = try RunningUp(settings: "cache: {listen: \"127.0.0.1:\(port)\", memory: 16MiB}")
        let words = ["cache", "set", "k", "1", "-n", "shop", "-t", "t", "--config", open.file]
        let set = try BuiltCommand.runApart(
            words + ["--invalidate-tag", "t", "--invalidate-url", "https://shop.example/p", "--json"])
        #expect(set.exitCode == 0, "\(set)")
        let id = try JSONParser(bytesMax: 1 << 20).parse(Array(set.output.utf8)) { $0["invalidation"]?.string }
        let watched = try open.run("status", try #require(id), "--watch")
        #expect(watched.exitCode == 0, "\(watched)")
        // A worker's report may be folded a moment before the publication, which knows the source.
        try eventually("the view knows its source") {
            try open.run("status", "--source", "cache").output.contains("completed")
        }
        // What the call has stored is newer than what it invalidates.
        #expect(try open.run("cache", "get", "k", "-n", "shop").output == "1")
        #expect(try open.run("cache", "set", "k", "2", "-n", "shop", "--invalidate-url", "nowhere").exitCode == 65)
        #expect(try open.run("cache", "get", "k", "-n", "shop").output == "1")
    }

    /// Where commands find a node is no reason to run one.
    @Test func anAddressAloneRunsNoNode() throws {
        let other = try RunningUp(settings: "cache: {url: \"http://127.0.0.1:\(node)\"}")
        let log = try String(contentsOfFile: other.directory.file("up.log"), encoding: .utf8)
        #expect(!log.contains("the cache keeps its entries"), "\(log)")
        let got = try BuiltCommand.run(["cache", "get", "k", "--cache-token", "cache-token", "--config", other.file])
        #expect(got.exitCode == 66, "\(got)")
    }
}
