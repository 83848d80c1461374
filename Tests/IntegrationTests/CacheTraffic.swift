import Foundation
import HTTP
import Synchronization
import TestSupport

/// Clients that write numbers to cache nodes and read what they have written.
///
/// Some writes have a condition, and some delete.
///
/// Each client has keys of its own, so it knows which value is the newest.
final class CacheTraffic: Sendable {
    /// What came of it.
    struct Outcome {
        var acknowledged = 0
        var unclear = 0
        /// The values that each key may have in the end.
        var wanted: [String: [Int]] = [:]
        /// Reads that were answered, and compared with the last acknowledged write.
        var reads = 0
        /// Reads that no node could answer.
        var unanswered = 0
        /// Acknowledged writes among `acknowledged` that came with a condition, and deletes.
        var conditional = 0
        var deletes = 0
        /// What readers got that they must not.
        var wrong: [String] = []
    }

    private struct State {
        var outcome = Outcome()
        var isEnding = false
        var active: Int
    }

    private enum Write: CaseIterable {
        case set
        case setAbsent
        case replace
        case delete
    }

    private enum Answer {
        case done
        /// The condition did not hold.
        case conditionFailed
        /// Surely not written: the node says so.
        case refused
        case unclear
    }

    private static let keysPerClient = 20
    /// Stands for a key without a row.
    static let nothing = -1

    private let nodes: CacheClients
    private let state: Mutex<State>

    init(_ nodes: CacheClients, clients: Int, seed: UInt64) {
        self.nodes = nodes
        state = Mutex(State(active: clients))
        for client in 0..<clients {
            Thread.detachNewThread { [self] in run(client, SeededGenerator(seed: seed &+ UInt64(client))) }
        }
    }

    /// - Throws: also when a reader gets what it must not.
    func waitForMore(_ count: Int) throws {
        let begin = state.withLock { $0.outcome.acknowledged }
        try eventually("\(count) more writes are acknowledged", within: .seconds(90)) {
            let (acknowledged, wrong) = state.withLock { ($0.outcome.acknowledged, $0.outcome.wrong) }
            guard wrong.isEmpty else { throw ProcessWorldError("stale reads: \(wrong.prefix(10))") }
            return acknowledged >= begin + count
        }
    }

    func finish() throws -> Outcome {
        state.withLock { $0.isEnding = true }
        try eventually("all clients have ended", within: .seconds(60)) { state.withLock { $0.active == 0 } }
        return state.withLock { $0.outcome }
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
            let has = written[key] ?? Self.nothing
            let kind = Self.kind(&random)
            let value = kind == .delete ? Self.nothing : number
            switch write(kind, key, number, &random) {
            case .done:
                // Nobody else writes the key, so the client knows which conditions hold.
                if (kind == .setAbsent && has != Self.nothing) || (kind == .replace && has == Self.nothing) {
                    state.withLock { $0.outcome.wrong.append("\(key): \(kind) of \(number) was done on \(has)") }
                }
                written[key] = value
                record(kind, key, value)
                check(key, value, &random)
                if let other = names.randomElement(using: &random), let value = written[other] {
                    check(other, value, &random)
                }
            case .conditionFailed where (kind == .setAbsent) == (has != Self.nothing): break
            // Nobody waits for this: a client that was refused asks once more a moment later.
            case .refused: Thread.sleep(forTimeInterval: 0.02)
            // A connection that breaks may have had the write sent twice, and the second one refused.
            case .unclear, .conditionFailed:
                // Nobody writes this key any more, so it ends with one of the two.
                state.withLock { state in
                    state.outcome.unclear += 1
                    state.outcome.wanted[key] = [has, value]
                }
                names[slot] = "c\(client)-k\(slot)-\(number)"
            }
        }
        state.withLock { $0.active -= 1 }
    }

    /// Half of them are plain.
    private static func kind(_ random: inout SeededGenerator) -> Write {
        Bool.random(using: &random) ? .set : Write.allCases.randomElement(using: &random) ?? .set
    }

    private func record(_ kind: Write, _ key: String, _ value: Int) {
        state.withLock { state in
            state.outcome.acknowledged += 1
            state.outcome.wanted[key] = [value]
            switch kind {
            case .set: break
            case .setAbsent, .replace: state.outcome.conditional += 1
            case .delete: state.outcome.deletes += 1
            }
        }
    }

    private func write(_ kind: Write, _ key: String, _ number: Int, _ random: inout SeededGenerator) -> Answer {
        let result =
            switch kind {
            case .set: nodes.ask("POST", key, "{\"value\":\(number)}", &random)
            case .setAbsent:
                nodes.ask("POST", key, "{\"value\":\(number)}", &random, fields: [("If-None-Match", "*")])
            case .replace: nodes.ask("POST", key, "{\"value\":\(number)}", &random, fields: [("If-Match", "*")])
            case .delete: nodes.ask("DELETE", key, "", &random)
            }
        switch result {
        case .failure(let failure): return failure.mayHaveBeenSent ? .unclear : .refused
        case .success(let answer) where answer.status == 200: return .done
        case .success(let answer) where answer.status == 412: return .conditionFailed
        case .success(let answer):
            // What the node says, or the node that has asked the owner.
            let words = String(decoding: answer.body, as: UTF8.self)
            return words.contains("not known") || words.contains("may have stored") ? .unclear : .refused
        }
    }

    /// A node may be unable to answer; what it answers is the newest value.
    private func check(_ key: String, _ number: Int, _ random: inout SeededGenerator) {
        guard let answer = try? nodes.ask("GET", key, "", &random).get(), answer.status == 200 || answer.status == 404
        else { return state.withLock { $0.outcome.unanswered += 1 } }
        let text = String(decoding: answer.body, as: UTF8.self)
        state.withLock { state in
            state.outcome.reads += 1
            guard number == Self.nothing ? answer.status != 404 : text != "\(number)" else { return }
            let status = answer.header.first("Cache-Status") ?? ""
            state.outcome.wrong.append("\(key): \(answer.status) \(text) (\(status)) after \(number)")
        }
    }
}
