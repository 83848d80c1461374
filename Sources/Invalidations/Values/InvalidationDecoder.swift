internal import JSON

/// Decodes invalidations from the JSON of records and HTTP bodies, with a limit on every field.
///
/// Unknown fields are ignored here; they stay in the record's bytes, which travel on untouched.
/// Not `Sendable`: each thread that decodes owns one.
public final class InvalidationDecoder {
    private let parser = JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)

    public init() {}

    /// A record's value.
    ///
    /// - Parameter time: when the record was made, taken where it does not say `requestedAt`.
    public func decode(record bytes: UnsafeRawBufferPointer, time: Timestamp) throws(InvalidationError) -> Invalidation
    {
        let draft = try decode(bytes)
        guard let id = draft.id else {
            throw InvalidationError(.invalidField("id"), "id is missing: give every request a UUID (version 7)")
        }
        return draft.invalidation(id: id, requestedAt: draft.requestedAt ?? time)
    }

    /// An HTTP body: the gateway hands out the id and says when it was requested.
    public func decode(body bytes: [UInt8], id: RequestID, time: Timestamp) throws(InvalidationError) -> Invalidation {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(InvalidationError) in try decode(bytes) }
        }
        return try result.get().invalidation(id: id, requestedAt: time)
    }

    private func decode(_ bytes: UnsafeRawBufferPointer) throws(InvalidationError) -> Draft {
        do {
            return try parser.parse(bytes) { root in
                guard root.kind == .object else {
                    throw InvalidationError(.malformed, "must be a JSON object, not \(root.kind.name)")
                }
                do {
                    var draft = Draft()
                    try root.forEachMember { key, value in try draft.take(key, value) }
                    try draft.checkPurpose()
                    return draft
                } catch var error as InvalidationError {
                    error.identity = RequestIdentity(root)
                    throw error
                }
            }
        } catch let error as InvalidationError {
            throw error
        } catch {
            throw InvalidationError(.malformed, "not valid JSON: \(error)")
        }
    }
}

/// What has been read of a request so far.
private struct Draft {
    var id: RequestID?
    var namespace = Namespace.default
    var selectors = Selectors()
    var mode = PurgeMode.hard
    var priority = Priority.normal
    var requestedAt: Timestamp?
    var expiresAt: Timestamp?
    var source: String?
    var cancels: RequestID?

    func invalidation(id: RequestID, requestedAt: Timestamp) -> Invalidation {
        Invalidation(
            id: id, namespace: namespace, selectors: selectors, mode: mode, priority: priority,
            requestedAt: requestedAt, expiresAt: expiresAt, source: source, cancels: cancels)
    }

    /// Either something went stale, or an earlier request is called off.
    func checkPurpose() throws(InvalidationError) {
        if selectors.isEmpty, cancels == nil {
            throw InvalidationError(
                .nothingSelected, "Missing tags or urls: name at least one tag, url or prefix, or set everything")
        }
        if !selectors.isEmpty, cancels != nil {
            throw InvalidationError(
                .invalidField("cancels"),
                "cancels must stand without tags, urls, prefixes and everything: call off the earlier request, and "
                    + "publish what is stale as a request of its own")
        }
    }

    /// `null` says the same as an absent field.
    mutating func take(_ key: JSONKey, _ value: JSONValue) throws {
        guard !value.isNull else { return }
        switch key {
        case "id": id = try FieldReader.id(value, "id")
        case "namespace": namespace = try FieldReader.namespace(value)
        case "tags": selectors.tags = try FieldReader.list(value, .tags)
        case "urls": selectors.urls = try FieldReader.list(value, .urls)
        case "prefixes": selectors.prefixes = try FieldReader.list(value, .prefixes)
        case "everything": selectors.everything = try FieldReader.bool(value, "everything")
        case "mode": mode = try FieldReader.choice(value, "mode")
        case "priority": priority = try FieldReader.choice(value, "priority")
        case "requestedAt": requestedAt = try FieldReader.time(value, "requestedAt")
        case "expiresAt": expiresAt = try FieldReader.time(value, "expiresAt")
        case "source": source = try FieldReader.source(value)
        case "cancels": cancels = try FieldReader.id(value, "cancels")
        default: break
        }
    }
}
