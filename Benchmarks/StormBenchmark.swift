import Foundation
import Kafka
import TestSupport
import TopicCatalogue

/// What an outage and a storm of kills cost: retry records for an edge that is down, and purges that edges get again.
///
/// `MEASURED_COMMAND` names the `cachesync` of another build, to measure it beside this one.
struct StormBenchmark {
    private static let rate = 200
    private static let workers = 3
    private static let killInterval = Duration.seconds(5)

    let requests: Int

    func run() throws {
        let world = try ProcessWorld("storm")
        let well = [try PurgeRecorder(), try PurgeRecorder()]
        let latePort = try freePort()
        let addresses = well.map(\.address) + ["http://127.0.0.1:\(latePort)"]
        let edges = zip(["well-1", "well-2", "late"], addresses).map { name, address in
            "{name: \(name), adapter: http, address: \"\(address)\", limits: {requests: none}}"
        }
        try world.configure(edges: edges, kafka: ["sessionTimeout: 6s"])
        try world.applyTopics()
        for number in 1...Self.workers { try startWorker(number, world) }

        let traffic = PacedTraffic(rate: Self.rate, duration: .seconds(requests / Self.rate))
        let publisher = try RequestPublisher(world.broker.configuration)
        let noisy = try RequestPublisher(world.broker.configuration)
        let kills = kills(traffic.duration, world)
        let published = try traffic.publish("storm", with: publisher, noisy: noisy, interruptions: kills)
        for recorder in well {
            try eventually("all requests reached an edge that is well", within: .seconds(120)) {
                recorder.count >= published.count
            }
        }
        let retries = try records(of: TopicName.retries, world)
        let late = try PurgeRecorder(port: latePort)
        let back = ContinuousClock.now
        try world.explained {
            try eventually("the edge that is back is caught up", within: .seconds(600)) {
                late.count >= published.count
            }
        }
        let seconds = back.duration(to: .now) / .seconds(1)
        let restarts = kills.count
        let repeats = well.reduce(0) { $0 + $1.arrivals.repeats }
        print(
            "\(published.count) requests at \(Self.rate)/s, three edges, one of them down, "
                + "\(restarts) kills of workers, one restart of the broker")
        report("retry records while it was down", retries, published.count, "a request")
        report("and until it was caught up", try records(of: TopicName.retries, world), published.count, "a request")
        print(String(format: "%@ %.1f s", "caught up within".padded, seconds))
        report("purges that a well edge got again", repeats / well.count, restarts, "a kill")
        for number in 1...Self.workers { try world.stopAtOnce("worker-\(number)") }
    }

    private func startWorker(_ number: Int, _ world: ProcessWorld) throws {
        try world.startRole("worker", as: "worker-\(number)", ["--name", "worker-\(number)"])
    }

    /// Workers die one after the other, and start again at once; halfway the broker restarts.
    private func kills(_ duration: Duration, _ world: ProcessWorld) -> [(time: Duration, body: () throws -> Void)] {
        let count = Int(duration / Self.killInterval) - 1
        return (1...max(1, count)).map { number in
            let worker = number % Self.workers + 1
            return (
                Self.killInterval * number,
                {
                    world.kill("worker-\(worker)")
                    try startWorker(worker, world)
                    guard number == count / 2 else { return }
                    try world.broker.stop()
                    try world.broker.startBroker()
                }
            )
        }
    }

    private func report(_ what: String, _ count: Int, _ of: Int, _ unit: String) {
        print(String(format: "%@ %8d, %.2f %@", what.padded, count, Double(count) / Double(max(1, of)), unit))
    }

    private func records(of topics: [String], _ world: ProcessWorld) throws -> Int {
        let consumer = try KafkaConsumer(world.broker.configuration, ConsumerTuning())
        defer { _ = consumer.close(deadline: .seconds(5)) }
        let ends = try consumer.ends(of: topics.flatMap { Partitions.all(of: $0) }, timeout: .seconds(20))
        return ends.values.reduce(0) { $0 + Int($1) }
    }
}

extension String {
    var padded: String { padding(toLength: 36, withPad: " ", startingAt: 0) }
}
