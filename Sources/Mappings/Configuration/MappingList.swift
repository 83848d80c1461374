public import Runtime

/// Reads the list `bridges` of a configuration file.
public enum MappingList {
    public static let countMax = 100

    /// The key that the list stands under, to be declared among the configuration's keys.
    public static let key = ConfigurationKey(
        "bridges", environment: nil, isStructured: true,
        help: "Topics of other systems whose events ask for purges: a list of topic, format, tags, urls and more")

    /// - Throws: for the first setting that cannot be used, naming its line; unknown keys and names that appear twice
    ///   are refused.
    public static func read(_ sources: ConfigurationSources) throws(ConfigurationError) -> [Mapping] {
        let sections = try sources.sections(key.name)
        guard sections.count <= countMax else {
            throw sections[countMax].invalid("is one of \(sections.count) bridges, more than the \(countMax) allowed")
        }
        var mappings: [Mapping] = []
        var origins: [String: Origin] = [:]
        for section in sections {
            let mapping = try MappingReader(section: section).mapping()
            if let first = origins.updateValue(section.origin, forKey: mapping.name) {
                throw section.invalid(
                    "has the name \(mapping.name), as the bridge at \(first)",
                    hint: "give each a name of its own; without one it has the topic's")
            }
            mappings.append(mapping)
        }
        return mappings
    }
}
