internal import Basics

/// Which cluster, as whom, and how safely: what all clients of one process share.
public struct KafkaConfiguration: Sendable {
    /// `host:port` of some brokers; the others are learnt from them.
    public var brokers: [String]
    public var clientID: String
    public var security: KafkaSecurity
    /// How long a broker may take to answer a request. Then the connection is given up and the leader is looked up
    /// anew, so it decides how soon the successor of a broker that froze is used.
    public var requestTimeout: Duration
    /// What every topic and every group of this installation begins with on the cluster, so that several can share one.
    /// Callers use the short names; they see the long ones in messages only.
    public var topicPrefix = ""
    /// Further settings of the client library; those that would break a promise are refused (`ReservedSettings`).
    public var extra: [Extra]

    public struct Extra: Sendable {
        public var key: String
        public var value: KafkaSecret

        public init(_ key: String, _ value: KafkaSecret) {
            self.key = key
            self.value = value
        }
    }

    public init(
        brokers: [String], clientID: String = "cachesync", security: KafkaSecurity = .plaintext,
        requestTimeout: Duration = .seconds(5), extra: [Extra] = []
    ) {
        self.brokers = brokers
        self.clientID = clientID
        self.security = security
        self.requestTimeout = requestTimeout
        self.extra = extra
    }

    /// - Throws: `invalidConfiguration`, saying what to change.
    func validate() throws(KafkaError) {
        guard !brokers.isEmpty else { throw .invalidConfiguration("no broker is given: name at least one host:port") }
        for broker in brokers {
            let isPlain = !broker.isEmpty && broker.utf8.allSatisfy { $0 > 0x20 && $0 != 0x2c && $0 < 0x7f }
            guard isPlain else { throw .invalidConfiguration("\"\(broker)\" is not the host:port of a broker") }
        }
        try validatePrefix()
        for setting in extra {
            if let reason = ReservedSettings.reason(against: setting.key) {
                throw .invalidConfiguration("the Kafka setting \(setting.key) cannot be changed: \(reason)")
            }
        }
    }

    /// Kafka's letters, and so many that a group's or topic's own name still fits into its 249.
    private static let prefixMax = 100

    private func validatePrefix() throws(KafkaError) {
        let isName = topicPrefix.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: byte.isASCIIAlphanumeric
            }
        }
        guard isName, topicPrefix.utf8.count <= Self.prefixMax else {
            throw .invalidConfiguration(
                """
                the topic prefix may have up to \(Self.prefixMax) letters a-z and A-Z, digits, dots, dashes and \
                underscores, such as "staging."
                """)
        }
    }

    var naming: TopicNaming { TopicNaming(prefix: topicPrefix) }
}
