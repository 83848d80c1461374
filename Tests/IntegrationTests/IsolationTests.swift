import TestSupport
import Testing

/// Real processes on a real Kafka: what goes wrong at one edge, or in one namespace, is nobody else's business.
@Suite(.serialized, .enabled(if: KafkaHome.isAvailable, "needs a real Kafka: set KAFKA_HOME"))
struct IsolationTests {
    /// Nothing is lost, and everything ends at the healthy edges although the others never answer or take long. How
    /// much longer it takes is printed; `make bench` holds it to its bound, on a machine that does nothing else.
    @Test(.timeLimit(.minutes(3)))
    func aDeadEdgeASlowEdgeAndANoisyNamespaceHoldNobodyUp() throws {
        var result = IsolationResult()
        for kind in [IsolationExperiment.Kind.control, .disturbed] {
            result.add(try IsolationExperiment(kind, PacedTraffic(rate: 400, duration: .seconds(12))).run(), kind)
        }
        print(result)
        #expect(result.control.fromPublication.count == result.disturbed.fromPublication.count)
        // Not even on a busy machine does anybody wait for the slow edge.
        #expect(LatencySummary(result.disturbed.fromPublication).median < .milliseconds(500), "\(result)")
    }
}
