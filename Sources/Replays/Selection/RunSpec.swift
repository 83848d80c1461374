public import Invalidations
public import Kafka
internal import TopicCatalogue

/// Run specification: the frozen ranges that a run reads, which records it takes, and how fast it goes.
public struct RunSpec: Codable, Hashable, Sendable {
    public enum Only: String, Codable, Hashable, Sendable, CaseIterable {
        /// Edges at which the request is a dead letter.
        case failed
        /// Edges that have never had it.
        case missing
        case all
    }

    private static let windowDefault = 2_000
    /// Requests of a coalesced run name many selectors each.
    private static let coalescedWindowDefault = 100
    public static let windowMax = 1_000_000
    public static let rateMax = 1_000_000.0
    static let partitionsMax = 65_536
    public static let listMax = 100
    public static let deadLettersMax = 10_000

    public var topics: [String]
    /// By TOPIC/PARTITION, the first offset that is read.
    public var from: [String: Int64]
    /// Of the same partitions, the first offset that is not read.
    public var until: [String: Int64]
    public var namespaces: [String]?
    public var tags: [String]?
    public var urls: [String]?
    public var sources: [String]?
    public var priorities: [String]?
    public var selectorKinds: [String]?
    /// Nil for all edges that serve the namespace.
    public var edges: [String]?
    public var only: Only?
    /// Single dead letters, as PARTITION/OFFSET.
    public var deadLetters: [String]?
    public var classes: [String]?
    public var releaseQuarantine: Bool?
    /// Whether each selector is published once, in requests of the run's own.
    public var coalesce: Bool?
    /// Whether a request is left out whose selectors later ones have purged.
    public var skipSuperseded: Bool?
    public var contentFrom: TimeText?
    /// Records a second; nil for no limit.
    public var rate: Double?
    public var window: Int?
    /// Records at most.
    public var max: Int64?
    /// What retention had taken of the ranges when they were fixed, in words; at most 100 lines.
    public var gone: [String]?

    /// - Parameter ranges: at most 65,536, each of another partition.
    public init(_ ranges: [LogRange]) {
        topics = Array(Set(ranges.map(\.partition.topic))).sorted()
        from = Dictionary(ranges.map { (Self.name(of: $0.partition), $0.start) }) { $1 }
        until = Dictionary(ranges.map { (Self.name(of: $0.partition), $0.end) }) { $1 }
    }

    /// How many records may be ahead of the workers.
    public var windowInForce: Int {
        window ?? (coalesce ?? false ? Self.coalescedWindowDefault : Self.windowDefault)
    }

    /// Where nobody says: what failed and was purged by a later request since is left out.
    public var skipsSuperseded: Bool { skipSuperseded ?? (only == .failed) }

    /// The ranges in the order of their partitions.
    ///
    /// - Precondition: `validate` has passed.
    public var ranges: [LogRange] {
        from.compactMap { name, start in
            guard let partition = Self.partition(name), let end = until[name] else { return nil }
            return LogRange(partition, from: start, to: end)
        }.sorted { $0.partition < $1.partition }
    }

    /// - Throws: what to write.
    public func filter() throws(RunError) -> ReplayFilter {
        var filter = ReplayFilter()
        do throws(SelectionError) {
            filter.namespaces = try Self.globs(namespaces)
            filter.tags = try Self.globs(tags)
            filter.urls = try Self.globs(urls)
            filter.sources = try Self.globs(sources)
        } catch {
            throw .invalid("\(error)")
        }
        if let priorities { filter.priorities = Set(try priorities.map(Self.priority)) }
        if let selectorKinds { filter.kinds = SelectorKinds(try selectorKinds.map(Self.kind)) }
        return filter
    }

    /// - Throws: `RunError.invalid`
    public func validate() throws(RunError) {
        guard !from.isEmpty, from.count <= Self.partitionsMax, Set(from.keys) == Set(until.keys) else {
            throw .invalid("from and until must name the same 1 to \(Self.partitionsMax) partitions")
        }
        for (name, start) in from {
            guard Self.partition(name) != nil, start >= 0, let end = until[name], end >= start else {
                throw .invalid("\(name.prefix(80)) is no partition with a range of offsets")
            }
        }
        for list in [namespaces, tags, urls, sources, priorities, selectorKinds, classes] {
            guard let list else { continue }
            guard (1...Self.listMax).contains(list.count) else {
                throw .invalid("a list of the selection has 1 to \(Self.listMax) entries")
            }
        }
        guard (edges ?? []).count <= Limits.edges, (deadLetters ?? []).count <= Self.deadLettersMax else {
            throw .invalid("a run is for at most \(Limits.edges) edges and \(Self.deadLettersMax) single dead letters")
        }
        guard rate.map({ $0 > 0 && $0 <= Self.rateMax }) ?? true else {
            throw .invalid("rate must be above 0 and at most 1000000 records a second")
        }
        guard window.map({ (1...Self.windowMax).contains($0) }) ?? true, max.map({ $0 > 0 }) ?? true else {
            throw .invalid("window must be 1 to \(Self.windowMax), and max at least 1")
        }
        guard !(coalesce ?? false) || only != .failed else {
            throw .invalid(
                "a coalesced run tells nothing of the requests that it stands for: leave out coalesce, or only failed")
        }
        guard (gone ?? []).count <= Self.listMax else { throw .invalid("gone has at most \(Self.listMax) lines") }
        _ = try filter()
    }

    // MARK: - Names

    public static func name(of partition: TopicPartition) -> String { "\(partition.topic)/\(partition.partition)" }

    static func partition(_ name: String) -> TopicPartition? {
        let words = name.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 2, let number = Int32(words[1]), number >= 0, isSource(String(words[0])) else {
            return nil
        }
        return TopicPartition(String(words[0]), number)
    }

    private static func isSource(_ topic: String) -> Bool {
        TopicName.invalidations.contains(topic) || topic == TopicName.dead
    }

    private static func globs(_ texts: [String]?) throws(SelectionError) -> [Glob] {
        var globs: [Glob] = []
        for text in texts ?? [] { globs.append(try Glob(text)) }
        return globs
    }

    private static func priority(_ name: String) throws(RunError) -> Priority {
        guard let priority = Priority(rawValue: name) else {
            throw .invalid("\"\(name.prefix(40))\" is no priority: write high, normal or low")
        }
        return priority
    }

    private static func kind(_ name: String) throws(RunError) -> SelectorKinds {
        switch name {
        case "tags": .tags
        case "urls": .urls
        case "prefixes": .prefixes
        case "everything": .everything
        default:
            throw .invalid("\"\(name.prefix(40))\" is no kind of selector: write tags, urls, prefixes or everything")
        }
    }
}
