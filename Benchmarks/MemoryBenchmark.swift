import Foundation
import Kafka
import TestSupport
import TopicCatalogue

/// The most memory that each process ever has while a million records pass.
///
/// They are in Kafka before the processes start, so each reads as far ahead as it ever does. Meanwhile the gateway
/// serves publishers and readers.
struct MemoryBenchmark {
    private static let roles = ["worker", "projector", "gateway"]
    private static let connections = 64

    let records: Int
    let results: Results

    func run() throws {
        let world = try ProcessWorld("bench-memory", heap: "-Xmx1g -Xms1g")
        let nginx = try NginxServer(#"location / { return 200 "Successful purge\n"; }"#)
        let port = try freePort()
        try world.configure(
            edges: ["{name: nginx-1, adapter: nginx, address: \"\(nginx.url)\", pipelining: on}"],
            more: "gateway: {listen: \"127.0.0.1:\(port)\"}")
        try world.applyTopics()
        try world.directory.write("post.lua", PublishBenchmark.script)
        _ = try Load(world.broker.configuration).fill(records, namespaces: PurgeBenchmark.namespaces)
        try world.explained {
            let processes = try Self.roles.map { try world.startRole($0, as: $0) }
            try eventually("the gateway answers", within: .seconds(60)) {
                try runCommand(["curl", "-sf", "http://127.0.0.1:\(port)/health/live"]).exitCode == 0
            }
            for path in ["/invalidate", "/status?limit=50"] {
                _ = try Wrk.measure(
                    "http://127.0.0.1:\(port)\(path)", connections: Self.connections,
                    script: path == "/invalidate" ? world.directory.file("post.lua") : nil)
            }
            try eventually("all is purged and folded", within: .seconds(600)) {
                try world.lag(TopicName.invalidations) == 0
                    && world.lag(TopicName.invalidations + [TopicName.progress], group: "cachesync-projector") == 0
            }
            for (role, process) in zip(Self.roles, processes) {
                let peak = Double(ProcessFigures.kilobytes("VmHWM:", of: process.identifier)) / 1_024
                results.add("memory of the \(role) through \(records) records", peak, "MB", atMost: 150)
            }
        }
    }
}
