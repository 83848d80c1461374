import TestSupport
import Testing
import Workers

/// What the group does with a worker that has nothing to do.
@Suite(.serialized, .realKafka)
struct IdleWorkerTests {
    /// Nothing wakes an idle loop, so it must ask by itself: the broker's patience is the poll interval.
    @Test(.timeLimit(.minutes(2)))
    func anIdleWorkerKeepsItsPartitions() throws {
        let world = try WorkerOnKafka("idle")
        let interval = Duration.seconds(6)
        world.configuration.sessionTimeout = interval
        world.configuration.pollIntervalMax = interval
        // So that nothing else wakes the loop.
        world.configuration.watchInterval = .seconds(3_600)
        world.startWorker()
        let since = ContinuousClock.now
        try eventually("three poll intervals have passed", within: .seconds(60)) {
            ContinuousClock.now - since > interval * 3 || world.count("cachesync_worker_assignments_total") > 1
        }
        #expect(world.count("cachesync_worker_assignments_total") == 1)
        #expect(world.logged("partitions lost").isEmpty)
        #expect(world.logged("_MAX_POLL_EXCEEDED").isEmpty)
        try world.publish(["after"])
        try world.expectArrivals(["after"])
        #expect(world.failure == nil)
    }
}
