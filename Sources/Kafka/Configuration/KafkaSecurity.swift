/// How a client and a broker prove to each other who they are.
public enum KafkaSecurity: Sendable {
    case plaintext
    /// TLS; with a certificate and key in it, also the client's own identity.
    case tls(KafkaTLS)
    /// User name and password. Without TLS the password crosses the network in the clear.
    case saslPlain(user: String, password: KafkaSecret, tls: KafkaTLS?)

    /// The security for a SASL mechanism named by a user.
    ///
    /// - Throws: `invalidConfiguration` for every mechanism but PLAIN, with the reason.
    public static func sasl(
        mechanism: String, user: String, password: KafkaSecret, tls: KafkaTLS?
    ) throws(KafkaError) -> KafkaSecurity {
        switch mechanism.uppercased() {
        case "PLAIN": return .saslPlain(user: user, password: password, tls: tls)
        case let name where name.hasPrefix("SCRAM-"):
            throw .invalidConfiguration(
                """
                SASL \(name) does not work with librdkafka before 2.6.1, which Kafka from 3.8.1 on refuses (it answers \
                "invalid credentials" to the right password): use PLAIN over TLS, or client certificates
                """)
        default:
            throw .invalidConfiguration(
                "SASL \(mechanism) is not supported: use PLAIN over TLS, or client certificates")
        }
    }
}

/// Files and checks of a TLS connection.
public struct KafkaTLS: Sendable {
    /// A PEM file with the authorities that sign brokers; nil for the system's.
    public var authorityFile: String?
    /// A PEM file with this client's certificate (and chain), and one with its key.
    public var certificateFile: String?
    public var keyFile: String?
    public var keyPassword: KafkaSecret?
    /// Whether a broker's certificate must name the host it was reached by.
    public var verifiesHostName = true

    public init(authorityFile: String? = nil) {
        self.authorityFile = authorityFile
    }

    public init(authorityFile: String?, certificateFile: String, keyFile: String, keyPassword: KafkaSecret? = nil) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.keyPassword = keyPassword
    }
}

extension KafkaSecurity {
    /// The library's settings for it. They may hold secrets and are never shown.
    var settings: [(key: String, value: String)] {
        switch self {
        case .plaintext: return [("security.protocol", "plaintext")]
        case .tls(let tls): return [("security.protocol", "ssl")] + tls.settings
        case .saslPlain(let user, let password, let tls):
            return [
                ("security.protocol", tls == nil ? "sasl_plaintext" : "sasl_ssl"), ("sasl.mechanisms", "PLAIN"),
                ("sasl.username", user), ("sasl.password", password.value),
            ] + (tls?.settings ?? [])
        }
    }
}

extension KafkaTLS {
    fileprivate var settings: [(key: String, value: String)] {
        let identification = verifiesHostName ? "https" : "none"
        let optional: [(String, String?)] = [
            ("ssl.ca.location", authorityFile), ("ssl.certificate.location", certificateFile),
            ("ssl.key.location", keyFile), ("ssl.key.password", keyPassword?.value),
        ]
        return [("ssl.endpoint.identification.algorithm", identification)]
            + optional.compactMap { key, value in value.map { (key, $0) } }
    }
}
