internal import Basics
internal import Invalidations

/// Text with fields of an event in it, such as `product-{after.id}`.
///
/// A field that holds a list gives a text for each element, and an absent one gives none. `{{` and `}}` are braces.
public struct TextTemplate: Hashable, Sendable, CustomStringConvertible {
    /// Where the text ends up.
    enum Purpose {
        /// Values stand as they are; the decoder refuses those that break out of the text.
        case name
        /// Values are percent-encoded, so that each stays one part of the URL. `{+field}` keeps them as they are
        /// (RFC 6570), and so does a field at the beginning, which holds the URL or its beginning itself.
        case url
    }

    enum Part: Hashable {
        case text(String)
        case field(FieldPath, isEncoded: Bool)
    }

    static let bytesMax = 8_192
    static let fieldsMax = 8

    let parts: [Part]
    public let description: String

    /// - Throws: what is wrong with it.
    init(_ template: String, for purpose: Purpose) throws(TemplateFault) {
        guard !template.isEmpty, template.utf8.count <= Self.bytesMax else {
            throw TemplateFault("a text of 1 to \(Self.bytesMax) bytes")
        }
        var reader = TemplateReader(template, purpose)
        parts = try reader.readParts()
        description = template
        guard fields.count <= Self.fieldsMax else {
            throw TemplateFault("a template with at most \(Self.fieldsMax) fields")
        }
    }

    var fields: [FieldPath] {
        parts.compactMap { part in
            if case .field(let path, _) = part { path } else { nil }
        }
    }

    /// The text of a template without fields.
    var constant: String? {
        guard fields.isEmpty else { return nil }
        return parts.reduce(into: "") { text, part in
            if case .text(let literal) = part { text += literal }
        }
    }

    /// All texts that an event gives: of several lists, each element of one with each of the others.
    func texts(of event: EventDocument) throws(MappingRefusal) -> [String] {
        var texts = [""]
        for part in parts {
            switch part {
            case .text(let literal): texts = texts.map { $0 + literal }
            case .field(let path, let isEncoded):
                let values = try values(of: path, in: event).map { isEncoded ? Self.encoded($0) : $0 }
                texts = try Self.combined(texts, values, path)
            }
        }
        return texts
    }

    private func values(of path: FieldPath, in event: EventDocument) throws(MappingRefusal) -> [String] {
        var texts: [String] = []
        for value in try event.values(at: path) {
            guard case .text(let text) = value else {
                throw MappingRefusal("\(path) holds \(value.kindName), which has no text to put into \(description)")
            }
            texts.append(text)
        }
        return texts
    }

    /// Bounds what a few lists multiply to.
    private static func combined(
        _ beginnings: [String], _ values: [String], _ path: FieldPath
    ) throws(MappingRefusal) -> [String] {
        let (count, overflow) = beginnings.count.multipliedReportingOverflow(by: values.count)
        guard !overflow, count <= EventDocument.valuesMax else {
            throw MappingRefusal("\(path) and what stands before it give more than \(EventDocument.valuesMax) texts")
        }
        var texts: [String] = []
        var bytes = 0
        for beginning in beginnings {
            for value in values {
                texts.append(beginning + value)
                bytes += beginning.utf8.count + value.utf8.count
                guard bytes <= Limits.recordBytes else {
                    throw MappingRefusal("\(path) gives more than \(Limits.recordBytes) bytes")
                }
            }
        }
        return texts
    }

    /// All but the unreserved characters of RFC 3986 as `%` and two digits.
    private static func encoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): encoded.append(byte)
            case _ where byte.isASCIIAlphanumeric: encoded.append(byte)
            default:
                encoded.append(UInt8(ascii: "%"))
                Hexadecimal.append(byte, to: &encoded, isUppercase: true)
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}

/// What a template must be, as the end of a sentence.
struct TemplateFault: Error {
    let demand: String

    init(_ demand: String) {
        self.demand = demand
    }
}
