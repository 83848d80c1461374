import Foundation
import HTTP
import Synchronization
import TestSupport

/// Somebody whose writes publish an invalidation each, which a worker brings to an edge.
final class PublishedPurges: Sendable {
    private struct State {
        var acknowledged: [String] = []
        var isEnding = false
        var hasEnded = false
    }

    private let nodes: CacheClients
    private let state = Mutex(State())

    init(_ nodes: CacheClients, seed: UInt64) {
        self.nodes = nodes
        Thread.detachNewThread { [self] in
            var random = SeededGenerator(seed: seed)
            run(&random)
            state.withLock { $0.hasEnded = true }
        }
    }

    /// - Returns: the tags whose invalidation was acknowledged, in the order of publication.
    func finish() throws -> [String] {
        state.withLock { $0.isEnding = true }
        try eventually("no more is published", within: .seconds(60)) { state.withLock { $0.hasEnded } }
        return state.withLock { $0.acknowledged }
    }

    private func run(_ random: inout SeededGenerator) {
        var number = 0
        var key = "published"
        while !state.withLock({ $0.isEnding }) {
            number += 1
            let body = "{\"value\":\(number),\"invalidate\":{\"tags\":[\"item-\(number)\"]}}"
            if (try? nodes.ask("POST", key, body, &random).get())?.status == 200 {
                state.withLock { $0.acknowledged.append("item-\(number)") }
            } else {
                // What nobody knows of may come later than what is written from now on.
                key = "published-\(number)"
            }
            // A moderate pace.
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
