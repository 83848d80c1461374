public import Invalidations
internal import JSON

/// Makes requests of foreign events, by the mappings of their topics.
///
/// It trusts no event: sizes, depths and numbers are bounded, and what comes out has gone through the decoder that
/// workers read it with. Not `Sendable`: each thread that maps owns one.
public final class EventMapper {
    private let reader = EventReader()
    private let decoder = InvalidationDecoder()

    public init() {}

    /// - Parameters:
    ///   - id: of the request; the same for the same record.
    ///   - now: what the event's own time is judged by.
    public func map(_ event: ForeignEvent, by mapping: Mapping, id: RequestID, now: Timestamp) -> MappedEvent {
        do {
            let mapped = try reader.read(event, mapping.format) { document -> MappedEvent in
                for condition in mapping.conditions {
                    guard try condition.holds(for: document) else { return .passedOver }
                }
                return try request(document, mapping, id: id, written: event.time, now: now)
            }
            return mapped ?? .passedOver
        } catch {
            return .refused("\(error)")
        }
    }

    private func request(
        _ event: EventDocument, _ mapping: Mapping, id: RequestID, written: Timestamp?, now: Timestamp
    ) throws -> MappedEvent {
        let time = try Self.time(of: event, mapping) ?? written ?? now
        let draft = RequestDraft(
            id: id, namespace: try Self.namespace(of: event, mapping),
            selectors: Selectors(
                tags: try Self.texts(mapping.tags, of: event), urls: try Self.texts(mapping.urls, of: event),
                prefixes: try Self.texts(mapping.prefixes, of: event), everything: mapping.everything),
            mode: mapping.mode, priority: mapping.priority, requestedAt: PlausibleTime.clamped(time, at: now),
            source: mapping.name)
        guard !draft.selectors.isEmpty else {
            throw MappingRefusal("it selects nothing: the fields of all templates are absent or null")
        }
        let invalidation = try draft.invalidation(now: now, decoder)
        var writer = JSONWriter(capacity: 256 + invalidation.selectors.byteCount)
        InvalidationEncoder.encode(invalidation, into: &writer)
        guard writer.bytes.count <= Limits.recordBytes else {
            throw MappingRefusal("the request would have more than \(Limits.recordBytes) bytes")
        }
        return .request(invalidation, value: writer.bytes)
    }

    private static func namespace(of event: EventDocument, _ mapping: Mapping) throws -> String {
        guard let template = mapping.namespace else { return Namespace.default.name }
        let names = try template.texts(of: event)
        guard let name = names.first, names.count == 1 else {
            throw MappingRefusal("\(template) gives \(names.isEmpty ? "no namespace" : "\(names.count) namespaces")")
        }
        return name
    }

    /// Each text once.
    private static func texts(_ templates: [TextTemplate], of event: EventDocument) throws -> [String] {
        var texts: [String] = []
        var known: Set<String> = []
        for template in templates {
            for text in try template.texts(of: event) where known.insert(text).inserted { texts.append(text) }
        }
        return texts
    }

    /// A time in a form that is not known counts as none: the purge matters more than when it was asked for.
    private static func time(of event: EventDocument, _ mapping: Mapping) throws -> Timestamp? {
        guard let path = mapping.time, case .text(let text)? = try event.values(at: path).first else { return nil }
        return Timestamp(text) ?? Int64(text).map { Timestamp(milliseconds: $0) }
    }
}
