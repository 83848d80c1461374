import Edges
import Gateway
import Mappings
import Runtime

/// Every setting there is, with its names, its default and what it is for.
enum SettingKeys {
    static let all = kafka + worker + gateway + access + cache + others

    private static let kafka = [
        key("kafka.brokers", flag: "brokers", "Kafka's bootstrap servers, HOST:PORT with commas between them"),
        key(
            "kafka.security", default: "plaintext",
            "How brokers are spoken to: plaintext, tls, or sasl (user and password over TLS)"),
        key("kafka.tls.ca", "CA certificates in PEM that brokers are verified with; the system's if not set"),
        key("kafka.tls.certificate", "Client certificate in PEM"),
        key("kafka.tls.key", "Private key of the client certificate in PEM"),
        key("kafka.tls.keyPassword", isSecret: true, "Password of that private key"),
        key("kafka.sasl.user", "User for SASL PLAIN"),
        key("kafka.sasl.password", isSecret: true, "Password for SASL PLAIN"),
        key(
            "kafka.sessionTimeout", default: "15s",
            "How long a silent worker keeps its partitions; above ten seconds, brokers may restart unnoticed"),
        key(
            "kafka.topicPrefix", default: "",
            "What the names of topics and groups begin with on the cluster, such as staging. for one of several "
                + "installations"),
    ]

    private static let worker = [
        key(
            "worker.name", flag: "name",
            "Name in reports and dead letters; host, process and a random part if not set"),
        key("worker.group", flag: "group", default: "cachesync-worker", "Consumer group that the workers share"),
        key("worker.threads", default: "1", "Worker loops in this process, each a member of the group"),
        key("worker.openRecords", default: "30000", "Records in work at once, of one loop"),
        key(
            "worker.attempts", default: "3",
            "Attempts at an edge in each retry round, before the request is deferred or, after the last retry topic, "
                + "given up"),
        key(
            "worker.retryDelays", default: "10s,1m,10m,1h",
            "How long each retry topic puts a request off: up to 4, none shorter than the last; none for no retry"
        ),
        key("worker.maximumAge", default: "7d", "Age at which a request is dropped as expired"),
        key(
            "worker.strictNamespaces",
            "Namespaces whose order is kept across retries, too: names, or beginnings such as shop-*"),
        key("worker.laneRequests", default: "4096", "Requests of a namespace that wait for an edge; more is deferred"),
        key("worker.laneBytes", default: "1MiB", "Bytes of their selectors; more is deferred"),
        key("worker.parked", default: "256", "Records of one retry partition that are read ahead of their time"),
        key(
            "worker.blockedOffsets", default: "10000",
            "Records behind an unfinished one; then it is deferred, so that offsets move on"),
        key("worker.blockedTime", default: "60s", "Time that an unfinished record may hold up the offsets behind it"),
        key("worker.clockSkew", default: "2s", "How far the clocks of publishers and workers may be apart"),
        key("worker.drainTimeout", default: "30s", "How long open work may take to finish when asked to stop"),
    ]

    private static let gateway = [
        key("gateway.listen", flag: "listen", default: "127.0.0.1:8080", "Address that the gateway listens on"),
        key(
            "gateway.url", flag: "gateway",
            "Where commands find the gateway; the address of gateway.listen if not set"),
        key(
            "gateway.token", flag: "token", isSecret: true,
            "Bearer token that the gateway asks for and commands send; open if not set"),
        key(
            "gateway.operatorToken", flag: "operator-token", isSecret: true,
            "Bearer token for dead letters and replays, and for all else; if not set, those are open without "
                + "gateway.token, and closed with it"),
        key(
            "gateway.connectionsPerAddress", default: "\(GatewayConfiguration.connectionsPerAddress)",
            "Connections that one client address may have open at a time; 0 sets no bound"),
        key(
            "gateway.streamsMax", default: "\(GatewayConfiguration.defaultStreamsMax)",
            "Live streams that may be open at a time, in connections of their own; 0 serves none"),
        key(
            "gateway.streamsPerClient", default: "\(GatewayConfiguration.defaultStreamsPerClient)",
            "Live streams that one credential may have open; without credentials, one client address"),
        key(
            "gateway.workers",
            "Admin addresses of workers, HOST:PORT with commas between them, whose metrics the console shows; a name "
                + "may be that of several"),
        key(
            "gateway.publishTimeout", default: "30s",
            "How long Kafka may take to acknowledge before the answer is 503"),
    ]

    /// Who may do what at the gateway.
    private static let access = [
        key("gateway.tls.certificate", "Certificate chain (PEM) of the gateway; plain HTTP if not set"),
        key("gateway.tls.key", "Private key (PEM) of that certificate; both are read again when they have changed"),
        key("gateway.tls.clientCA", "Authorities (PEM) whose certificates clients are asked for; none if not set"),
        key(
            "gateway.tls.clientAuth",
            "Whether a client needs such a certificate: required, optional or off; required if not set"),
        key("gateway.ca", "Authorities (PEM) that commands verify the gateway with; the system's if not set"),
        key("gateway.certificate", "Client certificate (PEM) that commands show to the gateway"),
        key("gateway.certificateKey", "Private key (PEM) of that certificate; in the same file if not set"),
        key(
            "gateway.keys", flag: "keys",
            "File of API keys, which `cachesync keys` makes; read again when it has changed"),
        key(
            "gateway.jwt.issuer",
            "Claim iss of signed tokens (JWT) that are believed; needs gateway.jwt.audience and a key"
        ),
        key("gateway.jwt.audience", "Claim aud that signed tokens must have"),
        key("gateway.jwt.secret", isSecret: true, "Shared secret of tokens signed with HS256, 32 bytes or more"),
        key("gateway.jwt.publicKey", "File with the public key (PEM) of tokens signed with RS256 or ES256"),
        key("gateway.jwt.keySet", "File with a set of keys (JWKS) of signed tokens; read again when it has changed"),
        key(
            "gateway.open", default: "false",
            "Whether the gateway may listen to other machines without asking for a credential"),
        key(
            "gateway.hosts",
            "Further names of the gateway, and of pages that may use it while it is open: purge.example, *.example"),
        key(
            "gateway.corsOrigins",
            "Origins of web pages that may use the gateway, such as https://shop.example; * for all, who then may "
                + "change nothing without a credential"),
        key("gateway.limits.perKey", "Calls that one credential may make, such as 100/s; no limit if not set"),
        key("gateway.limits.perNamespace", "Requests to purge that one namespace may make, such as 1000/min"),
        key("gateway.limits.perAddress", "Calls that one client address may make, such as 100/s"),
    ]

    private static let cache = [
        key(
            "cache.listen", flag: "cache",
            "Address that a cache node listens on; 127.0.0.1:8090 if not set. `up` runs a node where a setting of "
                + "the cache other than cache.url is set"),
        key(
            "cache.url", flag: "node",
            "Where commands find a cache node; the address of cache.listen if not set"),
        key(
            "cache.token", flag: "cache-token", isSecret: true,
            "Bearer token that opens the cache and that commands send to it, beside the keys and signed tokens of the "
                + "gateway with the scope cache"),
        key(
            "cache.open", default: "false",
            "Whether a cache node may listen to other machines without asking for a credential"),
        key("cache.memory", default: "256MiB", "Memory that the entries of a cache node may take, with their tables"),
        key(
            "cache.compression", default: "4KiB",
            "From how many bytes on values are held compressed, 1KiB to 1MiB; off for none"),
        key("cache.ttl", default: "1h", "How long an entry lives whose publisher gives no time"),
        key("cache.ttlMax", default: "365d", "Longer times are cut to this one"),
        key(
            "cache.lag", default: "30s",
            "When a cache node knows the log less well than this, it answers with no entry and stores none"),
        key(
            "cache.database", isSecret: true,
            "PostgreSQL database that gets what is written to the cache, and has what the cache misses: "
                + "postgres://user:password@host/database. Without it writes are in memory only"),
        key(
            "cache.api.writes",
            "URL of an HTTP API that is the main database instead: it gets what is written to the cache in batches, by "
                + "POST"),
        key(
            "cache.api.read",
            "Where that API says what it has of a key, such as https://api.internal/things/{key}; {namespace} may "
                + "stand there, too"),
        key("cache.api.token", isSecret: true, "Bearer token that this API asks for"),
        key("cache.api.timeout", default: "10s", "How long a batch of writes or a read may take at this API"),
        key("cache.flushAfter", default: "60s", "The oldest write waits no longer than this for the database"),
        key("cache.flushCount", default: "10", "So many writes of a partition go to the database at once"),
        key(
            "cache.advertise",
            "URL at which other nodes and clients reach this node, such as http://cache-1:8090: requests for the keys "
                + "that it owns go there"),
        key(
            "cache.forward", default: "true",
            "Whether a cache node asks the owner of a key in the name of its client; otherwise it answers 307"),
        Settings.cacheNamespaces,
        Settings.cacheDisk,
    ]

    private static let others = [
        key("view.path", flag: "view", default: "cachesync.db", "SQLite file of the status view"),
        key(
            "view.url", isSecret: true,
            "PostgreSQL database of the status view, instead of a file: postgres://user:password@host/database"),
        key(
            "view.lag", default: "15s",
            "How long ago the view may have been up to date before gateway and projector say that they are not ready"),
        key("view.retention", default: "7d", "How long a request is kept after its last news, once it has ended"),
        key("view.openRetention", default: "15d", "How long any other request is kept after its last news"),
        key("view.replayRetention", default: "1d", "How long the status of a replay is kept after its end"),
        key("view.runRetention", default: "90d", "How long a run is kept after it is over"),
        key(
            "admin.listen", flag: "admin",
            "Address on which this process tells its health and metrics, whatever its roles; none if not set"),
        Settings.profileKey,
        key("log.level", flag: "log-level", default: "info", "debug, info, warning or error"),
        key("log.format", flag: "log-format", default: "automatic", "text, json, or automatic: text on a terminal"),
        EdgeList.key,
        AccountList.key,
        MappingList.key,
        CertificateList.key,
    ]

    private static func key(
        _ name: String, flag: String? = nil, default: String? = nil, isSecret: Bool = false, _ help: String
    ) -> ConfigurationKey {
        ConfigurationKey(
            name, environment: environment(name), flag: flag, default: `default`, isSecret: isSecret, help: help)
    }

    /// `kafka.tls.keyPassword` is CACHESYNC_KAFKA_TLS_KEY_PASSWORD.
    private static func environment(_ name: String) -> String {
        let words = name.reduce(into: "") { text, character in
            if character == "." {
                text += "_"
            } else {
                text += character.isUppercase ? "_\(character)" : "\(character)"
            }
        }
        return "CACHESYNC_" + words.uppercased()
    }
}
