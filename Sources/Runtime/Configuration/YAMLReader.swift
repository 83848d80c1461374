import CYaml

/// Reads one YAML document within bounds. Anchors, aliases, tags, merge keys and duplicate names are refused:
/// a configuration says what it means at the place where it stands.
public struct YAMLReader {
    let fileName: String
    let limits: YAMLLimits
    private var events: YAMLEvents
    private var nodeCount = 0

    /// - Parameter fileName: what errors call the document.
    /// - Returns: nil for a document that holds nothing.
    public static func parse(
        _ bytes: [UInt8], fileName: String, limits: YAMLLimits = YAMLLimits()
    ) throws(ConfigurationError) -> YAMLNode? {
        guard bytes.count <= limits.bytesMax else {
            throw ConfigurationError(
                at: .file(path: fileName, line: 0), problem: "has more than \(limits.bytesMax) bytes")
        }
        if bytes.contains(0) {
            throw ConfigurationError(at: .file(path: fileName, line: 0), problem: "is not text: it holds zero bytes")
        }
        var reader = YAMLReader(fileName: fileName, limits: limits, events: try YAMLEvents(bytes, fileName: fileName))
        return try reader.document()
    }

    /// - Throws: `ConfigurationError` also when the file can't be read.
    public static func load(
        _ path: String, limits: YAMLLimits = YAMLLimits()
    ) throws(ConfigurationError) -> YAMLNode? {
        try parse(BoundedFile.read(path, bytesMax: limits.bytesMax), fileName: path, limits: limits)
    }

    private mutating func document() throws(ConfigurationError) -> YAMLNode? {
        try expectNext(YAML_STREAM_START_EVENT)
        let start = try events.next()
        if start.type == YAML_STREAM_END_EVENT { return nil }
        let root = try node(events.next(), depth: 1)
        try expectNext(YAML_DOCUMENT_END_EVENT)
        let end = try events.next()
        guard end.type == YAML_STREAM_END_EVENT else {
            throw fault(end, "a second document begins here", "keep one document per file")
        }
        if case .null = root { return nil }
        return root
    }

    private mutating func node(_ event: YAMLEvent, depth: Int) throws(ConfigurationError) -> YAMLNode {
        nodeCount += 1
        guard nodeCount <= limits.nodesMax else { throw fault(event, "more than \(limits.nodesMax) values") }
        guard depth <= limits.depthMax else { throw fault(event, "nested deeper than \(limits.depthMax) levels") }
        if event.hasAnchor {
            throw fault(event, "anchors (&name) are not supported", "write the value where it is used")
        }
        if event.hasTag { throw fault(event, "tags (!name) are not supported", "write the value without it") }
        switch event.type {
        case YAML_SCALAR_EVENT:
            return event.isPlain && ["", "~", "null"].contains(event.text)
                ? .null(line: event.line) : .scalar(event.text, line: event.line)
        case YAML_SEQUENCE_START_EVENT: return try sequence(from: event, depth: depth)
        case YAML_MAPPING_START_EVENT: return try mapping(from: event, depth: depth)
        case YAML_ALIAS_EVENT:
            throw fault(event, "aliases (*name) are not supported", "write the value where it is used")
        default: throw fault(event, "unexpected structure")
        }
    }

    private mutating func sequence(from start: YAMLEvent, depth: Int) throws(ConfigurationError) -> YAMLNode {
        var elements: [YAMLNode] = []
        while true {
            let event = try events.next()
            if event.type == YAML_SEQUENCE_END_EVENT { return .sequence(elements, line: start.line) }
            elements.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(from start: YAMLEvent, depth: Int) throws(ConfigurationError) -> YAMLNode {
        var members: [YAMLMember] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if event.type == YAML_MAPPING_END_EVENT { return .mapping(members, line: start.line) }
            let key = try node(event, depth: depth + 1)
            guard case .scalar(let name, let line) = key else {
                throw fault(event, "a key must be a name, not \(key.kind)", "quote it if it is meant as text")
            }
            if name == "<<" && event.isPlain {
                throw fault(event, "merge keys (<<) are not supported", "write the values where they are used")
            }
            if let first = lines.updateValue(line, forKey: name) {
                throw fault(event, "\(name.quoted()) is already set in line \(first)", "remove one of the two")
            }
            members.append(YAMLMember(name: name, line: line, value: try node(events.next(), depth: depth + 1)))
        }
    }

    private mutating func expectNext(_ type: yaml_event_type_e) throws(ConfigurationError) {
        let event = try events.next()
        if event.type != type { throw fault(event, "unexpected structure") }
    }

    private func fault(_ event: YAMLEvent, _ problem: String, _ hint: String? = nil) -> ConfigurationError {
        ConfigurationError(at: .file(path: fileName, line: event.line), problem: problem, hint: hint)
    }
}
