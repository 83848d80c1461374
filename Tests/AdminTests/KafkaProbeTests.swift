import Admin
import Foundation
import Kafka
import TestSupport
import Testing

/// Tests of the Kafka probe of the health page.
@Suite(.timeLimit(.minutes(1)))
struct KafkaProbeTests {
    @Test func aClusterThatFallsSilentIsNoticedWithinSeconds() throws {
        let cluster = try EmbeddedCluster(brokers: 1)
        let probe = try KafkaProbe(KafkaConfiguration(brokers: [cluster.bootstrap]))
        defer { probe.close() }
        try eventually("Kafka answers") { probe.fault == nil }
        try cluster.setBroker(1, isUp: false)
        let beginning = ContinuousClock.now
        try eventually("the silence is noticed", within: .seconds(60)) {
            probe.fault?.contains("has not answered for") == true
        }
        #expect(ContinuousClock.now - beginning < .seconds(20))
        try cluster.setBroker(1, isUp: true)
        try eventually("Kafka answers again") { probe.fault == nil }
    }

    @Test func whoAsksNeverWaits() throws {
        // It takes connections and says nothing, as a broker that was stopped by a signal does.
        let socket = try loopbackSocket()
        defer { _ = close(socket) }
        #expect(listen(socket, 16) == 0)
        let probe = try KafkaProbe(KafkaConfiguration(brokers: ["127.0.0.1:\(try boundPort(of: socket))"]))
        defer { probe.close() }
        let times = (0..<1_000).map { _ in
            ContinuousClock().measure { #expect(probe.fault?.contains("has not answered yet") == true) }
        }
        // A busy machine may stop a few of them.
        #expect(times.count { $0 >= .milliseconds(500) } < 10)
    }
}
