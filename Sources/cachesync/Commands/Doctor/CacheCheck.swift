import CacheNode
import HTTP
import Kafka
import Runtime

/// Checks the settings of a cache node, and asks one that runs.
struct CacheCheck {
    private static let timeout = Duration.seconds(5)

    let settings: Settings

    func findings() -> [Finding] {
        do {
            guard try settings.hasCache() else { return [] }
            // Where no brokers are set, `up` brings its own.
            let kafka = try settings.hasBrokers ? settings.kafka() : KafkaConfiguration(brokers: ["127.0.0.1:9092"])
            let configuration = try settings.cache(kafka: kafka)
            return [running(configuration, try settings.cacheListen())]
        } catch {
            return [.fail("cache", "\(error)")]
        }
    }

    private func running(_ configuration: CacheConfiguration, _ listen: HostPort) -> Finding {
        let durability = configuration.writes == nil ? "in memory only" : "writes go to the log and to a database"
        let rules = "\(configuration.memory >> 20) MiB, \(durability)"
        if case .free = ListenAddress.check(host: listen.host, port: listen.port) {
            return .ok("cache", "\(listen) is free for a node (\(rules))")
        }
        let here = ["0.0.0.0": "127.0.0.1", "::": "::1"][listen.host] ?? listen.host
        do {
            let url = "\(try settings.gatewayScheme())://\(HostPort(host: here, port: listen.port))/health/ready"
            let answer = try HTTPFetch.perform(
                HTTPClientRequest(method: "GET", url: url, timeout: Self.timeout, tls: try settings.gatewayTLS()))
            guard answer.status == 200 else {
                return .fail(
                    "cache", "\(url) is not ready: \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
            }
            return .ok("cache", "a node at \(listen) knows the log (\(rules))")
        } catch {
            return .fail("cache", "\(listen) is taken, and no node answers there: \(error)")
        }
    }
}
