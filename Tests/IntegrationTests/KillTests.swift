import Foundation
import Invalidations
import TestSupport
import Testing
import Views

/// Processes on a real Kafka with seven edges, while processes die.
///
/// The broker restarts, one edge is down, another one takes two seconds for each call, and one namespace publishes far
/// more than the others.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct KillTests {
    @Test(.timeLimit(.minutes(8)))
    func everyRequestCompletesInOrderWhileProcessesDie() throws {
        let world = try KillWorld()
        try world.applyTopics()
        try world.startProjector()
        for number in 1...3 { try world.startWorker(number) }
        let publishers = try world.publish()

        try world.waitForArrivals(KillWorld.requests / 10)
        world.killWorker(1)
        // The dead worker's partitions wait for its session to end.
        #expect(world.recorder.count < KillWorld.all, "the broker must restart while there is work left")
        try world.restartBroker()
        try world.waitForArrivals(KillWorld.requests / 4)
        #expect(try world.stopWorker(2) == 0, "a worker that drains ends well")
        try world.waitForArrivals(KillWorld.requests / 3)
        try world.killAndRestartProjector()
        try world.waitForArrivals(KillWorld.requests / 2)

        for publisher in publishers { #expect(try publisher.waitForExit(within: .seconds(60)) == 0) }
        let ids = try world.publishedIDs()
        #expect(ids.count == KillWorld.all)
        try world.waitForArrivals(KillWorld.all)
        #expect(try world.endedCount() == 0, "no request has ended while an edge has not got it")
        try world.bringUpLateEdge()
        try world.waitUntilEnded(ids.count)

        let rows = try world.rows()
        checkAllCompleted(ids, rows)
        checkOrder(try world.arrivals())
        #expect(world.troubledCounts == ["slow": KillWorld.all, "late": KillWorld.all])
        #expect(try world.rowsFoldedAgain() == rows, "folding again from the start gives the same rows")
    }

    private func checkAllCompleted(_ ids: Set<RequestID>, _ rows: [RequestID: StatusRecord]) {
        #expect(Set(rows.keys) == ids, "the view holds what was published, no more and no less")
        let failures = rows.values.filter { $0.status != .completed || $0.totalEdges != KillWorld.edges }
        #expect(failures.isEmpty, "\(failures.count) are not completed, such as \(String(describing: failures.first))")
    }

    /// Per namespace, each edge that is well saw the requests for the first time in the order in which they were
    /// published: the recorders exactly so, because they get one call at a time. Varnish and nginx get the calls of one
    /// batch side by side, so there a request may overtake as many as go side by side. A call whose time is over on a
    /// busy machine is repeated, and comes later than that: few namespaces may have one.
    private func checkOrder(_ edges: [String: [String: [String]]]) {
        for (edge, arrivals) in edges {
            let isExact = edge.hasPrefix("recorder")
            var repeated: [String] = []
            let count = arrivals.values.reduce(0) { $0 + $1.count }
            #expect(count == KillWorld.requests, "\(edge) has not seen every request")
            for (namespace, tags) in arrivals {
                let numbers = tags.compactMap { Int($0.dropFirst("item-".count)) }
                guard !inOrder(numbers, within: isExact ? 0 : Self.callsSideBySide) else { continue }
                repeated.append("\(namespace): \(numbers)")
            }
            let most = isExact ? 0 : arrivals.count / 20
            #expect(repeated.count <= most, "\(edge) saw namespaces out of order: \(repeated.prefix(10))")
        }
    }

    /// Of one batch, at most: half of what four connections carry. A request has two calls here.
    private static let callsSideBySide = 32

    /// Whether no number comes behind a greater one that is more than so many places before it.
    private func inOrder(_ numbers: [Int], within indices: Int) -> Bool {
        var greatest = Int.min
        for (index, number) in numbers.enumerated() {
            if index > indices { greatest = max(greatest, numbers[index - indices - 1]) }
            if number < greatest { return false }
        }
        return true
    }
}
