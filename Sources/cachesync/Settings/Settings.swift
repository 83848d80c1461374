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
    private static let variablePrefix = "CACHESYNC_"

    let sources: ConfigurationSources
    /// The configuration file that was read, if one was.
    let file: String?
    let isJSON: Bool
    let log: Log
    private let arguments: Arguments

    /// - Throws: also for a variable that is almost one of ours: what it was to set would not be set.
    init(_ arguments: Arguments) throws {
        self.arguments = arguments
        let environment = ProcessInfo.processInfo.environment
        let named = arguments.value("config") ?? environment[Self.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        file = named ?? (FileManager.default.fileExists(atPath: Self.defaultFile) ? Self.defaultFile : nil)
        let root = try file.flatMap { try YAMLReader.load($0) }
        sources = try ConfigurationSources(
            keys: SettingKeys.all, flags: arguments.flags, environment: environment, file: root, fileName: file)
        isJSON = arguments.has("json")
        log = Log(
            level: try sources.value("log.level").choice(LogLevel.self),
            format: try Self.logFormat(sources))
        try checkVariables()
    }

    private static func logFormat(_ sources: ConfigurationSources) throws -> LogFormat {
        let format = try sources.value("log.format").choice(LogFormat.self)
        let profile = try sources.value(profileKey.name).choice(InstallationProfile.self)
        return format == .automatic && profile == .production ? .json : format
    }

    /// The same command's settings, as the file says now.
    func reread() throws -> Settings { try Settings(arguments) }

    var hasBrokers: Bool { get throws { try !sources.list("kafka.brokers").isEmpty } }

    func edges() throws -> [EdgeConfiguration] {
        try EdgeList.read(sources)
    }

    /// The edges, for those who can do nothing without.
    ///
    /// - Throws: `ConfigurationError` that says what to write where.
    func someEdges() throws -> [EdgeConfiguration] {
        let edges = try edges()
        guard edges.isEmpty else { return edges }
        let problem =
            file.map { "\($0) configures no edge, so there is nothing to purge" }
            ?? "no edge is configured, so there is nothing to purge: there is no \(Self.defaultFile) in this folder, "
            + "and neither --config nor \(Self.fileVariable) names a file"
        throw ConfigurationError(
            problem: problem,
            hint: """
                name your caches in \(file ?? Self.defaultFile), and give gateway and workers the same file:
                  edges:
                    - {name: varnish-1, adapter: varnish, address: "http://127.0.0.1:6081"}
                """)
    }

    func accounts() throws -> [AccountProfile] {
        try AccountList.read(sources)
    }

    /// The name that this process goes by where one is asked for.
    func instanceName() throws -> String {
        try sources.optional("worker.name")?.text ?? InstanceName.make()
    }

    /// A name that is nearly a setting's was meant as one, and is refused. Others are told and left.
    private func checkVariables() throws {
        let unknown = sources.unknownVariables(prefix: Self.variablePrefix, others: [Self.fileVariable])
        for variable in unknown {
            guard let nearest = variable.nearest else { continue }
            throw ConfigurationError(
                at: .environment(variable.name), problem: "no setting has this variable",
                hint: "did you mean \(nearest)?")
        }
        for variable in unknown.prefix(10) {
            Output.notice(
                "cachesync: environment \(variable.name): no setting has this variable, so it does nothing; "
                    + "`cachesync doctor` lists the settings")
        }
    }
}
