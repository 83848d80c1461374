import Foundation
import Invalidations
import TestSupport
import Testing
import Views

/// Separate processes on a real Kafka, with five edges, while processes die and the broker restarts.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct KillTests {
    @Test(.timeLimit(.minutes(4)))
    func everyRequestCompletesInOrderWhileProcessesDie() throws {
        let world = try KillWorld()
        try world.applyTopics()
        try world.startProjector()
        for number in 1...3 { try world.startWorker(number) }
        let publisher = try world.publish(requests: KillWorld.requests, namespaces: KillWorld.namespaces)

        try world.waitForArrivals(KillWorld.requests / 10)
        world.killWorker(1)
        try world.waitForArrivals(KillWorld.requests / 4)
        #expect(try world.stopWorker(2) == 0, "a worker that drains ends well")
        try world.waitForArrivals(KillWorld.requests / 3)
        try world.killAndRestartProjector()
        try world.waitForArrivals(KillWorld.requests / 2)
        #expect(try world.endedCount() < KillWorld.requests, "the broker must restart while there is work left")
        try world.restartBroker()

        #expect(try publisher.waitForExit(within: .seconds(60)) == 0)
        let ids = try world.publishedIDs()
        #expect(ids.count == KillWorld.requests)
        try world.waitUntilEnded(ids.count)

        let rows = try world.rows()
        checkAllCompleted(ids, rows)
        checkOrder(try world.arrivals())
        #expect(try world.rowsFoldedAgain() == rows, "folding again from the start gives the same rows")
    }

    private func checkAllCompleted(_ ids: Set<RequestID>, _ rows: [RequestID: StatusRecord]) {
        #expect(Set(rows.keys) == ids, "the view holds what was published, no more and no less")
        let failures = rows.values.filter { $0.status != .completed || $0.totalEdges != KillWorld.edges }
        #expect(failures.isEmpty, "\(failures.count) are not completed, such as \(String(describing: failures.first))")
    }

    /// Per namespace, each edge saw the requests for the first time in the order in which they were published.
    private func checkOrder(_ edges: [String: [String: [String]]]) {
        for (edge, arrivals) in edges {
            let count = arrivals.values.reduce(0) { $0 + $1.count }
            #expect(count == KillWorld.requests, "\(edge) has not seen every request")
            for (namespace, tags) in arrivals {
                let numbers = tags.compactMap { Int($0.dropFirst("item-".count)) }
                #expect(numbers == numbers.sorted(), "\(edge) saw \(namespace) out of order")
            }
        }
    }
}
