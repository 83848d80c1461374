/// A topic as a cluster has it.
public struct ExistingTopic: Hashable, Sendable {
    public var name: String
    public var partitions: Int
    /// Nil where it could not be read.
    public var replicationFactor: Int?
    /// The configuration in force, the cluster's defaults included; only what is present is compared.
    public var config: [String: String]

    public init(name: String, partitions: Int, replicationFactor: Int? = nil, config: [String: String] = [:]) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.config = config
    }
}

/// What stands between a cluster and the catalogue.
public struct TopicPlan: Hashable, Sendable {
    /// In the order of the catalogue; the settings of one topic by name.
    public let findings: [TopicFinding]

    public var isClean: Bool { findings.isEmpty }

    /// What `TopicSetup.apply` creates. Everything else that was found is left to a person.
    public var missing: [TopicDefinition] {
        findings.compactMap { finding in
            guard case .missing(let definition) = finding else { return nil }
            return definition
        }
    }

    /// The same with other names, for commands that somebody is told to run.
    func named(_ name: (String) -> String) -> TopicPlan {
        TopicPlan(findings: findings.map { $0.named(name) })
    }

    /// Topics that the catalogue does not name are nobody's business here.
    public static func compare(desired: [TopicDefinition], existing: [ExistingTopic]) -> TopicPlan {
        let found = Dictionary(existing.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return TopicPlan(
            findings: desired.flatMap { wanted in
                found[wanted.name].map { compare(wanted, $0) } ?? [.missing(wanted)]
            })
    }

    private static func compare(_ wanted: TopicDefinition, _ found: ExistingTopic) -> [TopicFinding] {
        var findings: [TopicFinding] = []
        if found.partitions != wanted.partitions {
            findings.append(.partitions(topic: wanted.name, wanted: wanted.partitions, found: found.partitions))
        }
        if let copies = found.replicationFactor, copies < wanted.replicationFactor {
            findings.append(.replicationFactor(topic: wanted.name, wanted: wanted.replicationFactor, found: copies))
        }
        for (setting, value) in wanted.config.sorted(by: { $0.key < $1.key }) {
            guard let present = found.config[setting], present != value else { continue }
            findings.append(.config(topic: wanted.name, setting: setting, wanted: value, found: present))
        }
        return findings
    }
}
