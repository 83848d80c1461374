/// Reads the parts of a template.
struct TemplateReader {
    private var rest: Substring
    private let purpose: TextTemplate.Purpose
    private var parts: [TextTemplate.Part] = []
    private var literal = ""

    init(_ template: String, _ purpose: TextTemplate.Purpose) {
        rest = template[...]
        self.purpose = purpose
    }

    mutating func readParts() throws(TemplateFault) -> [TextTemplate.Part] {
        while let character = rest.popFirst() {
            switch character {
            case "{" where rest.first == "{", "}" where rest.first == "}":
                rest.removeFirst()
                literal.append(character)
            case "{": try readField()
            case "}": throw TemplateFault("a template in which each } ends a field; a brace that is meant is }}")
            default: literal.append(character)
            }
        }
        endLiteral()
        return parts
    }

    private mutating func endLiteral() {
        guard !literal.isEmpty else { return }
        parts.append(.text(literal))
        literal = ""
    }

    private mutating func readField() throws(TemplateFault) {
        guard let end = rest.firstIndex(of: "}") else {
            throw TemplateFault("a template in which each { has its }; a brace that is meant is {{")
        }
        var name = rest[..<end]
        rest = rest[rest.index(after: end)...]
        endLiteral()
        var isEncoded = purpose == .url && !parts.isEmpty
        if name.first == "+" {
            guard purpose == .url else {
                throw TemplateFault("a template without {+…}: values stand as they are here, and + is for URLs")
            }
            name.removeFirst()
            isEncoded = false
        }
        guard let path = FieldPath(String(name)) else {
            throw TemplateFault("a template with fields such as {after.id}: names with dots between them")
        }
        parts.append(.field(path, isEncoded: isEncoded))
    }
}
