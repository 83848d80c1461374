import Edges
import Foundation
import Gateway
import Invalidations
import Kafka
import Runtime
import Workers

/// The settings in force, turned into what the modules take.
struct Settings {
    private static let defaultFile = "cachesync.yaml"
    private static let fileVariable = "CACHESYNC_CONFIG"

    let sources: ConfigurationSources
    /// The configuration file that was read, if one was.
    let file: String?
    let isJSON: Bool
    let log: Log

    init(_ arguments: Arguments) throws {
        let environment = ProcessInfo.processInfo.environment
        let named = arguments.value("config") ?? environment[Self.fileVariable]
        file = named ?? (FileManager.default.fileExists(atPath: Self.defaultFile) ? Self.defaultFile : nil)
        let root = try file.flatMap { try YAMLReader.load($0) }
        sources = try ConfigurationSources(
            keys: SettingKeys.all, flags: arguments.flags, environment: environment, file: root, fileName: file)
        isJSON = arguments.has("json")
        log = Log(
            level: try sources.value("log.level").choice(LogLevel.self),
            format: try sources.value("log.format").choice(LogFormat.self))
    }

    var hasBrokers: Bool { get throws { try !sources.list("kafka.brokers").isEmpty } }

    func edges() throws -> [EdgeConfiguration] {
        try EdgeList.read(sources)
    }

    func accounts() throws -> [AccountProfile] {
        try AccountList.read(sources)
    }

    /// The name that this process goes by where one is asked for.
    func instanceName() throws -> String {
        try sources.optional("worker.name")?.text ?? InstanceName.make()
    }
}
