import Foundation
import HTTP
import Synchronization
import TestSupport

/// Clients that write numbers to cache nodes, and read what they have written.
///
/// Each client has keys of its own, so it knows which value is the newest.
final class CacheTraffic: Sendable {
    private struct State {
        var acknowledged = 0
        /// What keys must have in the end. Of a key whose last write is unclear either value may win.
        var wanted: [String: [Int]] = [:]
        var wrong: [String] = []
        var isEnding = false
        var active: Int
    }

    private enum Answer {
        case done
        /// Surely not written: the node says so.
        case refused
        case unclear
    }

    private static let keysPerClient = 20

    private let ports: [Int]
    private let state: Mutex<State>

    init(ports: [Int], clients: Int, seed: UInt64) {
        self.ports = ports
        state = Mutex(State(active: clients))
        for client in 0..<clients {
            Thread.detachNewThread { [self] in run(client, SeededGenerator(seed: seed &+ UInt64(client))) }
        }
    }

    func waitForMore(_ count: Int) throws {
        let begin = state.withLock { $0.acknowledged }
        try eventually("\(count) more writes are acknowledged", within: .seconds(90)) {
            state.withLock { $0.acknowledged >= begin + count || !$0.wrong.isEmpty }
        }
    }

    /// - Returns: the values that each key may have, and what readers got that they must not.
    func finish() throws -> (wanted: [String: [Int]], wrong: [String], acknowledged: Int) {
        state.withLock { $0.isEnding = true }
        try eventually("all clients have ended", within: .seconds(60)) { state.withLock { $0.active == 0 } }
        return state.withLock { ($0.wanted, $0.wrong, $0.acknowledged) }
    }

    private func run(_ client: Int, _ generator: SeededGenerator) {
        var random = generator
        var number = 0
        var names = (0..<Self.keysPerClient).map { "c\(client)-k\($0)" }
        var written: [String: Int] = [:]
        while !state.withLock({ $0.isEnding }) {
            number += 1
            let slot = Int.random(in: 0..<names.count, using: &random)
            let key = names[slot]
            switch write(key, number, &random) {
            case .done:
                written[key] = number
                state.withLock { state in
                    state.acknowledged += 1
                    state.wanted[key] = [number]
                }
                check(key, number, &random)
            // Nobody waits for this: a client that was refused asks once more a moment later.
            case .refused: Thread.sleep(forTimeInterval: 0.02)
            case .unclear:
                // Nobody writes this key any more, so it ends with one of the two.
                state.withLock { $0.wanted[key] = [written[key] ?? -1, number] }
                names[slot] = "c\(client)-k\(slot)-\(number)"
            }
        }
        state.withLock { $0.active -= 1 }
    }

    private func write(_ key: String, _ number: Int, _ random: inout SeededGenerator) -> Answer {
        switch ask("POST", key, Array("{\"value\":\(number)}".utf8), &random) {
        case .failure(let failure): return failure.mayHaveBeenSent ? .unclear : .refused
        case .success(let answer) where answer.status == 200: return .done
        case .success(let answer):
            return String(decoding: answer.body, as: UTF8.self).contains("not known") ? .unclear : .refused
        }
    }

    /// A node may be unable to answer; what it answers is the newest value.
    private func check(_ key: String, _ number: Int, _ random: inout SeededGenerator) {
        guard let answer = try? ask("GET", key, [], &random).get(), answer.status == 200 || answer.status == 404 else {
            return
        }
        let text = String(decoding: answer.body, as: UTF8.self)
        guard text != "\(number)" else { return }
        state.withLock { $0.wrong.append("\(key): \(answer.status) \(text) after \(number)") }
    }

    /// Asks a node, and where that sends the client elsewhere, that one, too.
    private func ask(
        _ method: String, _ key: String, _ body: [UInt8], _ random: inout SeededGenerator
    ) -> Result<HTTPClientResponse, HTTPClientFailure> {
        var url = "http://127.0.0.1:\(ports.randomElement(using: &random) ?? 0)/cache?key=\(key)"
        var result = Result<HTTPClientResponse, HTTPClientFailure>.failure(
            HTTPClientFailure(.other, "not asked", mayHaveBeenSent: false))
        // While a key changes hands nodes may send clients to and fro.
        for _ in 0..<5 {
            let request = HTTPClientRequest(
                method: method, url: url, headers: [("Content-Type", "application/json")], body: body,
                timeout: .seconds(20))
            result = Result { () throws(HTTPClientFailure) in try HTTPFetch.perform(request) }
            guard case .success(let answer) = result, answer.status == 307, let location = answer.location else {
                break
            }
            url = location
        }
        return result
    }
}
