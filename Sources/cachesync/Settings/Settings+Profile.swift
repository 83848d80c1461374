import Gateway
import Runtime

/// What an installation is for.
enum InstallationProfile: String, CaseIterable, Sendable {
    /// Whatever helps to try things out.
    case development
    /// What would lose requests, or would let anybody purge, is refused at the start.
    case production
}

// What the profile demands of other settings.
extension Settings {
    static let profileKey = ConfigurationKey(
        "profile", environment: "CACHESYNC_PROFILE", flag: "profile",
        default: InstallationProfile.development.rawValue,
        help: "development, or production: then no embedded broker, no server without credentials, none for other "
            + "machines without TLS, a view whose place is set, and log lines in JSON")

    var isProduction: Bool {
        get throws { try sources.value(Self.profileKey.name).choice(InstallationProfile.self) == .production }
    }

    /// - Throws: `ConfigurationError` where `up` would start a broker that keeps everything in memory.
    func checkBrokersOfProfile() throws {
        guard try isProduction, try !hasBrokers else { return }
        throw ConfigurationError(
            key: "kafka.brokers", problem: "is not set, and the embedded broker forgets everything when it ends",
            hint: "name your brokers, or set profile: development")
    }

    /// - Parameters:
    ///   - section: of its settings, such as `gateway`.
    ///   - credentials: the settings that would close it.
    /// - Throws: `ConfigurationError` for a server that would be open, or would be spoken to in plain text.
    func checkProfile(of server: GatewayConfiguration, section: String, credentials: String) throws {
        guard try isProduction else { return }
        guard !server.isOpen || server.requiresCertificates else {
            throw ConfigurationError(
                key: "profile", problem: "is production, and the \(section) asks for no credential",
                hint: "set \(credentials)")
        }
        guard server.certificateFiles != nil || server.isOnLoopback else {
            throw ConfigurationError(
                key: "profile", problem: "is production, and other machines would reach the \(section) in plain text",
                hint: "set gateway.tls.certificate and gateway.tls.key; or listen at 127.0.0.1, behind what has TLS")
        }
    }

    /// - Throws: `ConfigurationError` for a view in whatever folder the process was started in.
    func checkViewOfProfile() throws {
        guard try isProduction, try sources.optional("view.url") == nil,
            try sources.value("view.path").origin == .default
        else { return }
        throw ConfigurationError(
            key: "view.path", problem: "is not set, and the profile is production",
            hint: "write view.path: /var/lib/cachesync/view.db, or a PostgreSQL database as view.url")
    }
}
