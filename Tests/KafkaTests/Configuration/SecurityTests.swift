import Kafka
import TestSupport
import Testing

/// Tests of TLS and SASL.
@Suite("Security", .serialized, .timeLimit(.minutes(3)))
struct SecurityTests {
    /// One broker with all listeners, for the tests below.
    private final class Fixture: Sendable {
        static let shared = Result { try Fixture() }

        let client: TestCertificate
        let broker: KafkaBroker

        init() throws {
            client = try TestCertificate()
            let listeners = KafkaBroker.Listeners(login: ("alice", "wonderland"), clientCertificate: client)
            broker = try KafkaBroker(listeners).untilExit()
            _ = try KafkaAdmin(broker.configuration).createTopics([NewTopic("t", partitions: 1)])
        }

        var authority: KafkaTLS { KafkaTLS(authorityFile: broker.certificate?.certificateFile) }

        func configuration(port: Int, _ security: KafkaSecurity) -> KafkaConfiguration {
            KafkaConfiguration(brokers: ["127.0.0.1:\(port)"], clientID: "test", security: security)
        }

        func login(_ password: KafkaSecret, _ tls: KafkaTLS?) -> KafkaConfiguration {
            configuration(port: broker.loginPort, .saslPlain(user: "alice", password: password, tls: tls))
        }
    }

    @Test(.ownBroker)
    func passwordOverTLS() throws {
        let fixture = try Fixture.shared.get()
        try roundTrip(fixture.login("wonderland", fixture.authority))
    }

    @Test(.ownBroker)
    func clientCertificate() throws {
        let fixture = try Fixture.shared.get()
        let tls = KafkaTLS(
            authorityFile: fixture.broker.certificate?.certificateFile,
            certificateFile: fixture.client.certificateFile, keyFile: fixture.client.keyFile)
        try roundTrip(fixture.configuration(port: fixture.broker.certificatePort, .tls(tls)))
    }

    @Test(.ownBroker)
    func wrongPasswordIsSaidToBeWrong() throws {
        let fixture = try Fixture.shared.get()
        let text = try refusal(of: fixture.login("looking-glass", fixture.authority))
        #expect(text.contains("uthentication failed"), "\(text)")
        #expect(!text.contains("looking-glass"))
    }

    @Test(.ownBroker)
    func missingClientCertificateIsRefused() throws {
        let fixture = try Fixture.shared.get()
        let text = try refusal(of: fixture.configuration(port: fixture.broker.certificatePort, .tls(fixture.authority)))
        #expect(text.contains("SSL") || text.contains("ssl"), "\(text)")
    }

    @Test(.ownBroker)
    func brokerThatNobodyVouchesForIsNotTrusted() throws {
        let fixture = try Fixture.shared.get()
        let stranger = KafkaTLS(authorityFile: fixture.client.certificateFile)
        let text = try refusal(of: fixture.login("wonderland", stranger))
        #expect(text.contains("certificate"), "\(text)")
        #expect(text.contains("authority"), "it says what to look at: \(text)")
    }

    @Test(arguments: ["authority", "certificate"])
    func missingFileIsNamed(what: String) throws {
        let tls =
            what == "authority"
            ? KafkaTLS(authorityFile: "/no/such/authority.pem")
            : KafkaTLS(authorityFile: nil, certificateFile: "/no/such/certificate.pem", keyFile: "/no/such/key.pem")
        let error = #expect(throws: KafkaError.self) {
            try KafkaAdmin(KafkaConfiguration(brokers: ["127.0.0.1:1"], security: .tls(tls)))
        }
        guard case .invalidConfiguration(let text)? = error else {
            Issue.record("not a configuration error: \(String(describing: error))")
            return
        }
        let setting = what == "authority" ? "ssl.ca.location" : "ssl.certificate.location"
        #expect(text.contains("/no/such/\(what).pem") || text.contains(setting), "\(text)")
    }

    private func refusal(of configuration: KafkaConfiguration) throws -> String {
        let producer = try KafkaProducer(configuration)
        let error = #expect(throws: KafkaError.self) { try producer.warmUp(topics: ["t"], timeout: .seconds(3)) }
        return error?.description ?? ""
    }

    private func roundTrip(_ configuration: KafkaConfiguration) throws {
        let producer = try KafkaProducer(configuration)
        try producer.warmUp(topics: ["t"], timeout: .seconds(30))
        let position = try producer.store("t", "through TLS")
        let consumer = try KafkaConsumer(configuration, ConsumerTuning())
        try consumer.assignPartitions([TopicPartitionOffset(TopicPartition("t", 0), .at(position.offset))])
        #expect(try consumer.read(1).first?.value == Array("through TLS".utf8))
        #expect(consumer.close(deadline: .seconds(20)))
    }
}
