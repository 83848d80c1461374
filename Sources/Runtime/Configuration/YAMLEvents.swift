import CYaml

/// One event of libyaml, copied out of its memory.
struct YAMLEvent {
    let type: yaml_event_type_e
    let line: Int
    var text = ""
    var isPlain = false
    var hasAnchor = false
    var hasTag = false

    init(_ event: yaml_event_t) {
        type = event.type
        line = Int(event.start_mark.line) + 1
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            // libyaml has checked that the bytes are UTF-8.
            text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: Int(scalar.length)), as: UTF8.self)
            isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            hasAnchor = scalar.anchor != nil
            hasTag = scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT:
            hasAnchor = event.data.sequence_start.anchor != nil
            hasTag = event.data.sequence_start.tag != nil
        case YAML_MAPPING_START_EVENT:
            hasAnchor = event.data.mapping_start.anchor != nil
            hasTag = event.data.mapping_start.tag != nil
        default: break
        }
    }
}

/// Owns libyaml's parser and the bytes it reads.
final class YAMLEvents {
    // Allocated, because libyaml keeps its address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let fileName: String

    init(_ bytes: [UInt8], fileName: String) throws(ConfigurationError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw ConfigurationError(problem: "no memory to read \(fileName)")
        }
        self.parser = parser
        self.fileName = fileName
        input = .allocate(capacity: max(1, bytes.count))
        _ = input.initialize(from: bytes)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(ConfigurationError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        return YAMLEvent(event)
    }

    private func syntaxError() -> ConfigurationError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
        let line = Int(parser.pointee.problem_mark.line) + 1
        if parser.pointee.error == YAML_READER_ERROR {
            let offset = parser.pointee.problem_offset
            return ConfigurationError(
                at: .file(path: fileName, line: lineOfByte(offset)), problem: "is not UTF-8 text: \(problem)",
                hint: "look at byte \(offset)")
        }
        return ConfigurationError(
            at: .file(path: fileName, line: line), problem: "is not YAML\(context): \(problem)",
            hint: "check indentation, quotes and colons around this line")
    }

    private func lineOfByte(_ offset: Int) -> Int {
        1 + input.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    }
}
