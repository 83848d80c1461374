import Foundation
import Kafka
import Runtime

// Settings of the connection to Kafka.
extension Settings {
    /// How brokers are spoken to.
    private enum Security: String, CaseIterable {
        case plaintext, tls, sasl
    }

    /// The cluster that the settings name.
    func kafka() throws -> KafkaConfiguration {
        let brokers = try sources.list("kafka.brokers")
        guard !brokers.isEmpty else {
            throw ConfigurationError(
                key: "kafka.brokers", problem: "is not set",
                hint: "give --brokers HOST:PORT, or run `cachesync up`, which brings a broker of its own")
        }
        var configuration = KafkaConfiguration(brokers: brokers, clientID: "cachesync", security: try security())
        configuration.topicPrefix = try sources.string("kafka.topicPrefix")
        return configuration
    }

    private func security() throws -> KafkaSecurity {
        switch try sources.value("kafka.security").choice(Security.self) {
        case .plaintext: return .plaintext
        case .tls: return .tls(try tls())
        case .sasl:
            return .saslPlain(
                user: try sources.string("kafka.sasl.user"),
                password: KafkaSecret(try sources.string("kafka.sasl.password")), tls: try tls())
        }
    }

    private func tls() throws -> KafkaTLS {
        let authority = try sources.optional("kafka.tls.ca")?.text
        guard let certificate = try sources.optional("kafka.tls.certificate")?.text else {
            return KafkaTLS(authorityFile: authority)
        }
        return KafkaTLS(
            authorityFile: authority, certificateFile: certificate, keyFile: try sources.string("kafka.tls.key"),
            keyPassword: try sources.optional("kafka.tls.keyPassword").map { KafkaSecret($0.text) })
    }
}
