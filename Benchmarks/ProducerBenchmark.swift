import Foundation
import TestSupport
import TopicCatalogue

/// What a linger of the producer is worth, for one publisher and for many.
struct ProducerBenchmark {
    func run() throws {
        let world = try ProcessWorld("bench-producer", heap: "-Xmx1g -Xms1g")
        try world.configure(edges: ["{name: edge, adapter: http, address: \"http://127.0.0.1:9\"}"])
        try world.applyTopics()
        for onTheWay in [1, 64, 512] {
            for linger in [0, 1, 2, 5] {
                let loop = try ProducerLoop(
                    world, topic: TopicName.normal, linger: .milliseconds(linger), value: ProducerLoop.request)
                let time = Duration.seconds(3)
                let latencies = try loop.run(onTheWay: onTheWay, for: time)
                let rate = Int(Double(latencies.count) / (time / .seconds(1)))
                print("\(onTheWay) on the way, linger \(linger) ms: \(rate) records/s, \(LatencySummary(latencies))")
            }
        }
    }
}
