import Gateway
import Runtime
import Synchronization

/// Reads the configuration again on SIGHUP. What a running process can change is in force then.
final class SettingsReload: Sendable {
    /// Beginnings of the names of settings that a running process can change.
    private static let changeable = [
        "gateway.token", "gateway.operatorToken", "gateway.keys", "gateway.jwt.", "gateway.limits.", "gateway.hosts",
        "gateway.corsOrigins", "gateway.clientCertificates",
        "log.level",
    ]

    private let started: Settings
    private let current: Mutex<Settings>
    private let gateway = Mutex<GatewayRole?>(nil)

    init(_ settings: Settings) {
        started = settings
        current = Mutex(settings)
    }

    /// The gateway of this process, if it has one.
    func add(_ role: GatewayRole) {
        gateway.withLock { $0 = role }
    }

    /// All that can be changed, or nothing where something of it is wrong.
    func reload() {
        let log = started.log
        do {
            let next = try started.reread()
            let others = try next.sources.differences(from: started.sources).filter { !Self.isChangeable($0) }
            for name in others {
                log.error("a setting has changed that a running process can't change: restart it", ["setting": name])
            }
            let changed = try next.sources.differences(from: current.withLock { $0 }.sources)
                .filter(Self.isChangeable)
            let level = try next.sources.value("log.level").choice(LogLevel.self)
            try gateway.withLock { $0 }?.changeAccess { try next.setAccess(of: &$0) }
            log.changeLevel(to: level)
            current.withLock { $0 = next }
            log.info("the configuration was read again", ["changed": changed.joined(separator: ", ")])
        } catch {
            log.error("the configuration was read again and is refused: all stays as it was", ["error": "\(error)"])
        }
    }

    private static func isChangeable(_ name: String) -> Bool { changeable.contains { name.hasPrefix($0) } }
}
