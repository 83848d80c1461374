import Foundation
import HTTP
import Storage
import Synchronization
import TestSupport

/// Somebody who changes a row past the nodes, invalidates it, and reads it.
///
/// Once the invalidation has ended at all nodes, no node may answer with what was there before.
final class ForeignRows: Sendable {
    struct Outcome {
        /// Reads behind an invalidation that all nodes have answered.
        var reads = 0
        /// What readers got that they must not.
        var wrong: [String] = []
    }

    private struct State {
        var outcome = Outcome()
        var isEnding = false
        var hasEnded = false
    }

    private let nodes: CacheClients
    private let url: String
    private let state = Mutex(State())

    init(_ nodes: CacheClients, database url: String, seed: UInt64) {
        (self.nodes, self.url) = (nodes, url)
        Thread.detachNewThread { [self] in
            var random = SeededGenerator(seed: seed)
            run(&random)
            state.withLock { $0.hasEnded = true }
        }
    }

    var wrong: [String] { state.withLock { $0.outcome.wrong } }

    func finish() throws -> Outcome {
        state.withLock { $0.isEnding = true }
        try eventually("the rows are changed no more", within: .seconds(60)) { state.withLock { $0.hasEnded } }
        return state.withLock { $0.outcome }
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    private func run(_ random: inout SeededGenerator) {
        let key = makeEntry(&random)
        var connection: PostgresConnection?
        // Until the first change was read, the node may not know yet that the row is written, and what it has of the
        // key wins.
        var isSettled = false
        var value = 0
        while !isEnding {
            // Nobody waits for this: what is away is asked once more a moment later.
            Thread.sleep(forTimeInterval: 0.02)
            guard let open = connection ?? (try? connect()) else { continue }
            connection = open
            value += 1
            guard let changes = try? update(key, value, open) else {
                connection = nil
                continue
            }
            guard changes == 1, invalidate(key, &random), let read = read(key, &random) else { continue }
            if read == "\(value)" { isSettled = true }
            guard isSettled else { continue }
            state.withLock { state in
                state.outcome.reads += 1
                if read != "\(value)" { state.outcome.wrong.append("\(read) after \(value) was invalidated for") }
            }
        }
    }

    /// A write that nobody knows of may still come, so each try has a key of its own.
    private func makeEntry(_ random: inout SeededGenerator) -> String {
        var number = 0
        while !isEnding {
            number += 1
            let answer = try? nodes.ask("POST", "foreign-\(number)", "{\"value\":0,\"tags\":[\"foreign\"]}", &random)
                .get()
            if answer?.status == 200 { break }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return "foreign-\(number)"
    }

    private func update(_ key: String, _ value: Int, _ connection: PostgresConnection) throws -> Int {
        try connection.run(
            "UPDATE entries SET value = $1 WHERE key = $2",
            [.bytes(Array("\(value)".utf8)), .bytes(Array(key.utf8))]
        ).changes
    }

    /// - Returns: whether all nodes have answered.
    private func invalidate(_ key: String, _ random: inout SeededGenerator) -> Bool {
        guard let answer = try? nodes.ask("PUT", key, "{\"tags\":[\"foreign\"]}", &random).get() else { return false }
        return answer.status == 200 && answer.header.first("Cache-Peers-Away") == nil
    }

    private func read(_ key: String, _ random: inout SeededGenerator) -> String? {
        guard let answer = try? nodes.ask("GET", key, "", &random).get(), answer.status == 200 || answer.status == 404
        else { return nil }
        return String(decoding: answer.body, as: UTF8.self)
    }

    private func connect() throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        return try PostgresConnection(PostgresAddress(url), options: options)
    }
}
