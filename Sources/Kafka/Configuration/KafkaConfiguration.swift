/// Which cluster, as whom, and how safely: what all clients of one process share.
public struct KafkaConfiguration: Sendable {
    /// `host:port` of some brokers; the others are learnt from them.
    public var brokers: [String]
    public var clientID: String
    public var security: KafkaSecurity
    /// How long a broker may take to answer a request.
    public var requestTimeout: Duration
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
        requestTimeout: Duration = .seconds(30), extra: [Extra] = []
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
        for setting in extra {
            if let reason = ReservedSettings.reason(against: setting.key) {
                throw .invalidConfiguration("the Kafka setting \(setting.key) cannot be changed: \(reason)")
            }
        }
    }
}
