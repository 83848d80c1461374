public import Edges
public import HTTP
public import Invalidations
public import Kafka
public import Runtime
internal import TopicCatalogue
public import Views

/// Everything that one gateway is told.
public struct GatewayConfiguration: Sendable {
    /// The topics that the gateway writes to, and reads live events from.
    public struct Topics: Sendable {
        public var high = TopicName.high
        public var normal = TopicName.normal
        public var low = TopicName.low
        /// What live streams read, beside the requests themselves.
        public var progress = TopicName.progress

        public init() {}

        var invalidations: [String] { [high, normal, low] }

        func topic(of priority: Priority) -> String {
            switch priority {
            case .high: high
            case .normal: normal
            case .low: low
            }
        }
    }

    /// Open connections of one address by default: no client or proxy alone can take them all.
    public static let connectionsPerAddress = 512

    /// Where it listens, and the bounds of connections, headers and bodies.
    public var http: HTTPServerConfiguration
    public var kafka: KafkaConfiguration
    public var topics = Topics()
    /// The configured edges, of which each request has its targets.
    public var edges: [EdgeProfile]
    /// How namespaces share those edges, in the same order.
    public var sharing: [EdgeSharing] = []
    /// The view that the projector keeps.
    public var view: ViewLocation
    /// Threads that ask a view in PostgreSQL; those that serve do not wait for it.
    public var viewThreads = 4
    /// Questions that may wait for those threads.
    public var viewQuestionsMax = 256
    /// Any of these opens the gateway's calls. With none, everybody may call; health and metrics are always open.
    public var tokens: [String] = []
    /// Any of these opens the calls of operators: dead letters and runs. With none, those calls are open where `tokens`
    /// is empty, too, and closed otherwise. They open the publishers' calls as well.
    public var operatorTokens: [String] = []
    /// Any of these opens the calls of a cache node, and nothing else; one that is also in `tokens` may publish, too.
    public var cacheTokens: [String] = []
    /// The certificate that the gateway serves TLS with; nil serves plain HTTP.
    public var certificateFiles: CertificateFiles?
    /// File of API keys; nil for none.
    public var keysPath: String?
    /// Signed tokens that are believed; nil for none.
    public var signedTokens: TokenConfiguration?
    /// Client certificates that are credentials.
    public var knownCertificates: [KnownCertificate] = []
    public var limits = LimitConfiguration()
    /// Namespaces that workers of the same configuration keep in strict order.
    public var strictNamespaces: [NamespacePattern] = []
    /// Consumer group of the workers whose lag is told; nil tells of none.
    public var workerGroup: String?
    /// Names that the gateway goes by, beside those of loopback: an open gateway refuses others.
    public var hosts: [HostPattern] = []
    /// Web pages of other origins that may use the gateway.
    public var crossOrigins = CrossOriginRule.none
    /// The address under which clients reach this gateway, such as `https://purge.example`; addresses in answers
    /// begin with it. Nil makes them relative.
    public var publicURL: String?
    /// By when a publishing request is answered, at most: 202 once Kafka has acknowledged, 503 if it has not.
    /// At most `publishTimeoutMax`, on which the status view relies to tell unknown ids from late ones.
    public var publishTimeout: Duration = .seconds(30)
    public static let publishTimeoutMax: Duration = .seconds(30)
    /// Requests that may be on their way into Kafka at a time.
    public var pendingMax = 4_096
    public var idempotencyKeysMax = 10_000
    public var idempotencyLifetime: Duration = .seconds(24 * 3600)
    /// How many of the ids that it has handed out a gateway remembers itself.
    public var recentMax = 16_384

    /// Orders and questions that may wait for Kafka on the one thread that does so.
    public var jobsMax = 64
    /// How long the answer to an order with an expected number waits for the runner's count.
    public var countWait: Duration = .seconds(10)

    /// Where the processes of workers tell their metrics; a name may be that of several.
    public var workers: [HostPort] = []
    public static let workersMax = 64

    /// Live streams that may be open at a time, in connections of their own beside `http.connectionLimit`.
    public var streamsMax = Self.defaultStreamsMax
    public static let defaultStreamsMax = 10_000
    /// Live streams of one credential; without one, of one client address.
    public var streamsPerClient = Self.defaultStreamsPerClient
    public static let defaultStreamsPerClient = 1_000
    /// How often topics are asked for partitions that were added, while somebody listens.
    public var partitionInterval: Duration = .seconds(10)

    /// The longest `?wait=`.
    public var waitMax: Duration = .seconds(60)
    /// Requests that may wait for a status at a time.
    public var waitingMax = 1_024
    /// How often the view is looked at while somebody waits. A client that waits sees the end so much later.
    public var watchInterval: Duration
    /// When the view was up to date longer ago than this, the gateway says that it is not ready.
    public var viewLagMax: Duration = .seconds(15)
    /// How long a stopping gateway waits for Kafka to acknowledge what is on its way.
    public var drainTimeout: Duration = .seconds(10)

    /// Whether clients must show a certificate before they can ask anything.
    public var requiresCertificates: Bool {
        certificateFiles?.clientAuthorities != nil && certificateFiles?.clientCertificates == .required
    }

    /// Whether everybody who reaches the gateway may publish.
    public var isOpen: Bool {
        tokens.isEmpty && cacheTokens.isEmpty && keysPath == nil && signedTokens == nil && knownCertificates.isEmpty
    }

    /// Whether programs of this machine alone reach it.
    public var isOnLoopback: Bool { LoopbackName.isAddress(http.address) }

    public init(kafka: KafkaConfiguration, edges: [EdgeProfile], view: ViewLocation) {
        http = HTTPServerConfiguration(address: "127.0.0.1", port: 8080)
        // Those who wait for a status must not keep out those who publish.
        http.connectionLimit = 2_048
        http.perAddressLimit = Self.connectionsPerAddress
        http.bodyBytesMax = Limits.recordBytes
        http.compressedBytesMin = 1_024
        self.kafka = kafka
        self.edges = edges
        self.view = view
        // Whether a file has changed costs a few microseconds, at a server a question.
        watchInterval = if case .file = view { .milliseconds(2) } else { .milliseconds(10) }
    }
}
