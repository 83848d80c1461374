internal import Basics
internal import Invalidations
internal import Runtime

/// Reads one mapping, key by key.
struct MappingReader {
    let section: ConfigurationSection

    private static let keys = [
        "name", "topic", "format", "namespace", "tags", "urls", "prefixes", "everything", "mode", "priority", "where",
        "time", "onError", "start",
    ]
    private static let templatesMax = 100

    func mapping() throws(ConfigurationError) -> Mapping {
        try section.allow(Self.keys)
        let topic = try section.value("topic")
        guard Self.isName(topic.text, bytesMax: 249) else {
            throw topic.invalid("the name of a topic", hint: "it has letters, digits, dots, dashes and underscores")
        }
        guard !topic.text.hasPrefix("cachesync.") else {
            throw topic.invalid(
                "a topic of another system", hint: "workers read cachesync.invalidations.* themselves")
        }
        var mapping = Mapping(
            name: try name(topic), topic: topic.text, format: try section.value("format").choice(EventFormat.self))
        mapping.namespace = try namespace()
        mapping.tags = try templates("tags", .name)
        mapping.urls = try templates("urls", .url)
        mapping.prefixes = try templates("prefixes", .url)
        mapping.everything = try section.optional("everything")?.bool() ?? false
        mapping.mode = try section.optional("mode")?.choice() ?? mapping.mode
        mapping.priority = try section.optional("priority")?.choice() ?? mapping.priority
        mapping.onError = try section.optional("onError")?.choice() ?? mapping.onError
        mapping.start = try section.optional("start")?.choice() ?? mapping.start
        mapping.conditions = try conditions(mapping.format)
        if let time = try section.optional("time") { mapping.time = try path(time) }
        try addDefaults(to: &mapping)
        return mapping
    }

    private func name(_ topic: ConfigurationValue) throws(ConfigurationError) -> String {
        let value = try section.optional("name") ?? topic
        guard Self.isName(value.text, bytesMax: Limits.sourceBytes) else {
            throw value.invalid(
                "the name of a bridge",
                hint: "take 1 to \(Limits.sourceBytes) letters, digits, dots, dashes and underscores")
        }
        return value.text
    }

    /// What topics may be called.
    private static func isName(_ text: String, bytesMax: Int) -> Bool {
        (1...bytesMax).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: byte.isASCIIAlphanumeric
                }
            }
    }

    private func namespace() throws(ConfigurationError) -> TextTemplate? {
        guard let value = try section.optional("namespace") else { return nil }
        let template = try template(value.text, .name, value)
        if let name = template.constant, Namespace(name) == nil {
            throw value.invalid(
                "a namespace", hint: "it has 1 to \(Limits.namespaceBytes) characters of A-Z a-z 0-9 . _ : -")
        }
        return template
    }

    private func templates(
        _ key: String, _ purpose: TextTemplate.Purpose
    ) throws(ConfigurationError) -> [TextTemplate] {
        guard let value = try section.optional(key) else { return [] }
        let texts = value.list()
        guard (1...Self.templatesMax).contains(texts.count) else {
            throw value.invalid("a list of 1 to \(Self.templatesMax) templates", hint: "leave the key out for none")
        }
        var templates: [TextTemplate] = []
        for text in texts {
            let template = try template(text, purpose, value)
            if let constant = template.constant { try check(constant, key, value) }
            templates.append(template)
        }
        return templates
    }

    private func template(
        _ text: String, _ purpose: TextTemplate.Purpose, _ value: ConfigurationValue
    ) throws(ConfigurationError) -> TextTemplate {
        do throws(TemplateFault) {
            return try TextTemplate(text, for: purpose)
        } catch {
            let whole = ConfigurationValue(key: value.key, text: text, origin: value.origin, isSecret: value.isSecret)
            throw whole.invalid(error.demand)
        }
    }

    /// What stands in every event is judged here once.
    private func check(_ constant: String, _ key: String, _ value: ConfigurationValue) throws(ConfigurationError) {
        var selectors = Selectors()
        switch key {
        case "tags": selectors.tags = [constant]
        case "urls": selectors.urls = [constant]
        default: selectors.prefixes = [constant]
        }
        let now = Timestamp(milliseconds: 0)
        let draft = RequestDraft(
            id: RequestID(high: 0, low: 0), namespace: Namespace.default.name, selectors: selectors, requestedAt: now)
        do {
            _ = try draft.invalidation(now: now, InvalidationDecoder())
        } catch {
            throw value.invalid("what a request may select: \(error)")
        }
    }

    private func path(_ value: ConfigurationValue) throws(ConfigurationError) -> FieldPath {
        if let path = FieldPath(value.text) { return path }
        throw value.invalid("the path of a field", hint: "write names with dots between them, such as meta.dt")
    }

    private func conditions(_ format: EventFormat) throws(ConfigurationError) -> [FieldCondition] {
        var conditions: [FieldCondition] = []
        if let group = try section.section("where") {
            for key in group.keys { conditions.append(try condition(key, group)) }
        }
        guard format == .debezium, !conditions.contains(where: { $0.path.description == "op" }) else {
            return conditions
        }
        // What a connector reads when it begins (r) has not changed, and a message of its own (m) is no row.
        let changes = ["c", "u", "d", "t"].compactMap { try? Glob($0) }
        return conditions + [FieldPath("op").map { FieldCondition(path: $0, patterns: changes) }].compactMap { $0 }
    }

    private func condition(
        _ key: String, _ group: ConfigurationSection
    ) throws(ConfigurationError) -> FieldCondition {
        let value = try group.value(key)
        guard let path = FieldPath(key) else {
            throw value.invalid("under the path of a field", hint: "write names with dots between them: meta.domain")
        }
        let texts = value.list()
        guard (1...Self.templatesMax).contains(texts.count) else {
            throw value.invalid("a list of 1 to \(Self.templatesMax) patterns")
        }
        var patterns: [Glob] = []
        for text in texts {
            do throws(SelectionError) {
                patterns.append(try Glob(text))
            } catch {
                throw value.invalid("a list of patterns: \(error)")
            }
        }
        return FieldCondition(path: path, patterns: patterns)
    }

    private func addDefaults(to mapping: inout Mapping) throws(ConfigurationError) {
        let selectsNothing =
            mapping.tags.isEmpty && mapping.urls.isEmpty && mapping.prefixes.isEmpty && !mapping.everything
        guard selectsNothing else { return }
        guard mapping.format == .resourceChange, let uri = try? TextTemplate("{meta.uri}", for: .url) else {
            throw section.invalid(
                "selects nothing", hint: "add tags, urls or prefixes, such as tags: [\"product-{after.id}\"]")
        }
        mapping.urls = [uri]
    }
}
