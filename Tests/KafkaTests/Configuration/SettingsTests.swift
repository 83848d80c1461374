import Kafka
import Testing

/// Tests of settings of the Kafka library.
@Suite("Settings")
struct SettingsTests {
    static let configuration = KafkaConfiguration(brokers: ["127.0.0.1:1"])

    /// The linked library takes every key and value: a client is made, and none is complained about.
    @Test func producerTableIsKnownToTheLibrary() throws {
        let producer = try KafkaProducer(Self.configuration)
        #expect(Self.warnings(of: producer) == [])
    }

    @Test func consumerTableIsKnownToTheLibrary() throws {
        var tuning = ConsumerTuning(group: "g")
        tuning.reportsEndOfPartition = true
        let consumer = try KafkaConsumer(Self.configuration, tuning)
        var warnings: [String] = []
        consumer.poll { if case .log(let line) = $0, line.facility == "CONFWARN" { warnings.append(line.message) } }
        consumer.close(deadline: .seconds(10))
        #expect(warnings == [])
    }

    @Test func everySettingSaysWhyAndOccursOnce() {
        let client = ClientSettings.table(Self.configuration)
        for table in [
            client + ProducerSettings.table(ProducerTuning()),
            client + ConsumerSettings.table(ConsumerTuning(), group: "g"),
        ] {
            #expect(table.allSatisfy { !$0.why.isEmpty && !$0.why.contains("\n") })
            #expect(Set(table.map(\.key)).count == table.count)
        }
    }

    @Test(arguments: ["no.such.setting", "queued.min.mesages"])
    func unknownExtraSettingIsNamed(key: String) {
        let error = Self.refusal(of: [.init(key, "1")])
        #expect(error.contains("\"\(key)\""))
    }

    @Test(arguments: [
        "enable.idempotence", "acks", "group.id", "sasl.mechanisms", "ssl.key.password", "test.mock.num.brokers",
        "plugin.library.paths", "auto.offset.reset", "dr_msg_cb", "group.instance.id", "partitioner", "debug",
    ])
    func reservedExtraSettingIsRefusedWithAReason(key: String) {
        let error = Self.refusal(of: [.init(key, "1")])
        #expect(error.contains("\(key) cannot be changed: "))
    }

    @Test func refusedValueIsNotQuoted() {
        let error = Self.refusal(of: [.init("socket.max.fails", "hunter2-secret")])
        #expect(error.contains("socket.max.fails"))
        #expect(!error.contains("hunter2"))
    }

    @Test func extraSettingIsTaken() throws {
        var configuration = Self.configuration
        configuration.extra = [.init("socket.max.fails", "3"), .init("client.rack", "a")]
        _ = try KafkaProducer(configuration)
    }

    @Test(arguments: [[], [""], ["a b:1"], ["a:1,b:1"], ["host\n:1"]])
    func uselessBrokersAreRefused(brokers: [String]) {
        #expect(throws: KafkaError.self) { try KafkaAdmin(KafkaConfiguration(brokers: brokers)) }
    }

    @Test(arguments: ["SCRAM-SHA-256", "scram-sha-512"])
    func scramIsRefusedWithTheReasonAndTheWayOut(mechanism: String) {
        let error = #expect(throws: KafkaError.self) {
            try KafkaSecurity.sasl(mechanism: mechanism, user: "u", password: "p", tls: nil)
        }
        #expect(error?.description.contains("2.6.1") == true)
        #expect(error?.description.contains("PLAIN over TLS") == true)
    }

    @Test func secretsAreNotPrinted() {
        var configuration = Self.configuration
        let tls = KafkaTLS(authorityFile: nil, certificateFile: "c", keyFile: "k", keyPassword: "hunter2")
        configuration.security = .saslPlain(user: "u", password: "hunter2", tls: tls)
        configuration.extra = [.init("ssl.keystore.password", "hunter2")]
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("hunter2"))
        }
    }

    private static func refusal(of extra: [KafkaConfiguration.Extra]) -> String {
        var configuration = Self.configuration
        configuration.extra = extra
        let error = #expect(throws: KafkaError.self) { try KafkaProducer(configuration) }
        return error?.description ?? ""
    }

    private static func warnings(of producer: KafkaProducer) -> [String] {
        var warnings: [String] = []
        producer.drainDeliveries(max: 1) { _ in
        } notice: {
            if case .log(let line) = $0, line.facility == "CONFWARN" { warnings.append(line.message) }
        }
        return warnings
    }
}
