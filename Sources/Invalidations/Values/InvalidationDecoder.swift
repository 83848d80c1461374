internal import JSON

/// Decodes invalidations from the JSON of records and HTTP bodies, every field with a limit.
///
/// The object may stand alone, behind the five bytes of a schema registry's frame, or in the `data` of a CloudEvent.
/// Unknown members of a record are ignored here; they stay in its bytes, which travel on untouched.
/// Not `Sendable`: each thread that decodes owns one.
public final class InvalidationDecoder {
    private let parser = JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)

    public init() {}

    /// A record's value.
    ///
    /// - Parameters:
    ///   - time: when the record was made, taken where it does not say `requestedAt`.
    ///   - arrival: what `requestedAt` is judged by; nil does not judge it.
    ///   - event: the attributes of a CloudEvent whose content the value is.
    public func decode(
        record bytes: UnsafeRawBufferPointer, time: Timestamp, arrival: Timestamp? = nil, event: EventAttributes? = nil
    ) throws(InvalidationError) -> Invalidation {
        let draft = try decode(RegistryFrame.content(of: bytes), DraftRules(event: event, arrival: arrival))
        guard let id = draft.id else {
            throw InvalidationError(.invalidField("id"), "id is missing: give every request a UUID (version 7)")
        }
        return draft.invalidation(id: id, requestedAt: draft.requestedAt ?? time)
    }

    /// An HTTP body. Members that look like misspelt ones come as warnings: nobody would miss them otherwise.
    ///
    /// - Parameters:
    ///   - newID: the id of a request whose publisher has given it none.
    ///   - time: when it came.
    ///   - event: the attributes of a CloudEvent whose content the body is.
    public func decode(
        body bytes: [UInt8], newID: RequestID, time: Timestamp, event: EventAttributes? = nil
    ) throws(InvalidationError) -> PublishedBody {
        let rules = DraftRules(event: event, arrival: time, isFromHTTP: true)
        let draft = try bytes.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in try decode(bytes, rules) }
        }.get()
        return PublishedBody(
            invalidation: draft.invalidation(id: draft.id ?? newID, requestedAt: draft.requestedAt ?? time),
            hasOwnID: draft.id != nil, warnings: draft.warnings)
    }

    private func decode(_ bytes: UnsafeRawBufferPointer, _ rules: DraftRules) throws(InvalidationError) -> Draft {
        do {
            return try read(bytes, rules)
        } catch let error as InvalidationError {
            throw error
        } catch let encoded as EncodedRequest {
            return try decode(encoded, rules)
        } catch {
            throw InvalidationError(.malformed, "not valid JSON: \(error)")
        }
    }

    /// The content of an event that is a document of its own.
    private func decode(_ encoded: EncodedRequest, _ rules: DraftRules) throws(InvalidationError) -> Draft {
        var rules = rules
        rules.event = encoded.attributes
        do {
            return try encoded.bytes.withUnsafeBytes { try read($0, rules) }
        } catch let error as InvalidationError {
            throw error
        } catch is EncodedRequest {
            throw InvalidationError(.malformed, "must be a request, not a CloudEvent within a CloudEvent")
        } catch {
            throw InvalidationError(.malformed, "not valid JSON: \(error)")
        }
    }

    /// - Throws: `InvalidationError`, `JSONError`, and `EncodedRequest` for what is to be read instead.
    private func read(_ bytes: UnsafeRawBufferPointer, _ rules: DraftRules) throws -> Draft {
        try parser.parse(bytes) { root in
            guard root.kind == .object else {
                throw InvalidationError(.malformed, "must be a JSON object, not \(root.kind.name)")
            }
            do {
                var draft = Draft()
                try draft.read(root, rules)
                if draft.mayBeEvent, let carried = try Self.request(in: root, rules) { return carried }
                try draft.complete(rules)
                return draft
            } catch var error as InvalidationError {
                // The members of an event are not those of a request.
                if let carried = try Self.request(in: root, rules) { return carried }
                error.identity = RequestIdentity(root, event: rules.event)
                throw error
            }
        }
    }

    /// The request that a CloudEvent carries; nil for what is none.
    private static func request(in root: JSONValue, _ rules: DraftRules) throws -> Draft? {
        guard let event = try CloudEvent(root) else { return nil }
        switch event.content {
        case .bytes(let bytes): throw EncodedRequest(bytes: bytes, attributes: event.attributes)
        case .object(let data):
            var rules = rules
            rules.event = event.attributes
            do {
                var draft = Draft()
                try draft.read(data, rules)
                try draft.complete(rules)
                return draft
            } catch var error as InvalidationError {
                error.identity = RequestIdentity(data, event: event.attributes)
                throw error
            }
        }
    }
}

/// A CloudEvent's content that is a document of its own: the parser reads one at a time.
private struct EncodedRequest: Error {
    let bytes: [UInt8]
    let attributes: EventAttributes
}

/// A request as it came over HTTP.
public struct PublishedBody: Sendable {
    public let invalidation: Invalidation
    /// The publisher has given the id, and may send the same request again under it.
    public let hasOwnID: Bool
    public let warnings: [FieldWarning]
}
