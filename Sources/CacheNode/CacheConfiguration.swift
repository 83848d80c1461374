public import Caches
public import Gateway
internal import HTTP
public import Invalidations
public import Kafka
internal import TopicCatalogue
internal import Views

/// Everything that one cache node is told.
public struct CacheConfiguration: Sendable {
    /// Rules of the namespaces that a pattern means.
    public struct NamespaceEntry: Sendable {
        public var pattern: NamespacePattern
        public var rules: NamespaceRules
        /// Where missing values come from; nil where clients bring them.
        public var origin: OriginConfiguration?
        /// The same, by a query of a database.
        public var sqlOrigin: SQLOriginConfiguration?
        /// Whether its writes are durable, where the node has a database and the namespace no origin.
        public var isDurable = true
        public var putScope = PutScope.cache

        public init(_ pattern: NamespacePattern, _ rules: NamespaceRules, origin: OriginConfiguration? = nil) {
            self.pattern = pattern
            self.rules = rules
            self.origin = origin
        }
    }

    public static let defaultMemory = 256 << 20
    /// A smaller store would keep next to nothing.
    public static let memoryMin = 8 << 20

    /// Below it little is saved, and readers without zstd wait for what is expanded.
    public static let compressedFromUsual = 4_096

    /// Where it listens, who may call it, and how often: as a gateway is told. Its edges and its view do not count.
    public var server: GatewayConfiguration
    public var kafka: KafkaConfiguration
    /// The topics whose requests it applies.
    public var topics = TopicName.invalidations
    /// Says whether the log has capacity for what writes publish; nil where it always has.
    public var publishGuard: (any PublishGuard)?
    /// Bytes that the store may take, its tables included.
    public var memory = Self.defaultMemory
    /// Values from so many bytes on are held compressed, and on disk smaller ones, too; nil for none.
    public var compressedFrom: Int? = Self.compressedFromUsual
    public var fills = FillSettings()
    /// Nil where entries are in memory alone.
    public var disk: DiskConfiguration?
    /// Rules of namespaces that no entry of `namespaces` means.
    public var rules = NamespaceRules()
    /// The first entry whose pattern matches counts.
    public var namespaces: [NamespaceEntry] = []
    /// Nil where all writes are in memory only.
    public var writes: WritesConfiguration?
    /// Namespaces that may have entries.
    public var namespacesMax = 4_096
    /// Invalidations and batches of clients that may wait for their turn.
    public var callsMax = 256
    /// When the node knows the log less well than this, it neither answers with entries nor stores any.
    public var lagMax: Duration = .seconds(30)
    /// Requests of the log that wait for their time. Beyond, the log is not read until some are due.
    public var scheduledMax = 100_000

    public init(kafka: KafkaConfiguration) {
        self.kafka = kafka
        server = GatewayConfiguration(kafka: kafka, edges: [], view: .file(""))
        server.http.port = 8090
        server.http.bodyBytesMax = CacheLimits.batchBytes
        server.http.bodiesBytesMax = 128 << 20
        // Entries are answered as their publishers sent them.
        server.http.compressedBytesMin = nil
    }

    func rules(of namespace: Namespace) -> NamespaceRules {
        entry(of: namespace)?.rules ?? rules
    }

    /// Whether writes of the namespace go to the log. Those of a namespace with an origin do not: the origin has them.
    func isDurable(_ namespace: Namespace) -> Bool {
        guard writes != nil else { return false }
        guard let entry = entry(of: namespace) else { return true }
        return entry.isDurable && entry.origin == nil && entry.sqlOrigin == nil
    }

    /// Whether nodes ask each other.
    var isShared: Bool { writes.map { $0.isForwarding && !$0.address.isEmpty } ?? false }

    func putScope(of namespace: Namespace) -> PutScope { entry(of: namespace)?.putScope ?? .cache }

    var allRules: [NamespaceRules] { [rules] + namespaces.map(\.rules) }

    /// The part of `memory` that is for what other nodes own.
    var mirrorBytes: Int { isShared && allRules.contains { $0.mirrors != nil } ? memory / 8 : 0 }

    func origin(of namespace: Namespace) -> OriginConfiguration? {
        entry(of: namespace)?.origin
    }

    func sqlOrigin(of namespace: Namespace) -> SQLOriginConfiguration? {
        entry(of: namespace)?.sqlOrigin
    }

    /// Namespaces with an origin that stand there by their whole names.
    var namedOrigins: [Namespace] {
        namespaces.compactMap { entry in
            guard entry.origin != nil, case .exactly(let name) = entry.pattern else { return nil }
            return Namespace(name)
        }
    }

    private func entry(of namespace: Namespace) -> NamespaceEntry? {
        namespaces.first { $0.pattern.matches(namespace) }
    }
}
