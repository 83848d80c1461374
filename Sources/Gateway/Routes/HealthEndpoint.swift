internal import Admin
internal import HTTP
internal import Invalidations
internal import Views

/// Whether the gateway can do its work: publish, and tell how far requests are.
struct HealthEndpoint: Sendable {
    let kafka: KafkaHealth
    /// Asks Kafka all the time: an acknowledgement that does not come tells the same half a minute later.
    let probe: KafkaProbe
    let statusService: StatusService
    /// How long ago the view may have been up to date.
    let viewLagMax: Duration
    /// The gateway has been asked to end.
    let isDraining: @Sendable () -> Bool

    func ready() -> HTTPResponse {
        HealthChecks.readiness(faults)
    }

    /// What is wrong, by part; nil where nothing is.
    var faults: [(name: String, fault: String?)] {
        [("kafka", kafkaFault), ("view", viewFault), ("gateway", isDraining() ? "draining" : nil)]
    }

    private var kafkaFault: String? {
        switch kafka.state {
        case .starting: "not connected yet"
        case .fine: probe.fault
        case .failing(let reason): reason
        }
    }

    private var viewFault: String? {
        do {
            return ViewAge.problem(asOf: try statusService.watermark(), now: .now(), max: viewLagMax)
        } catch {
            return "\(error)"
        }
    }
}
