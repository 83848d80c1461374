internal import JSON

/// By which rules a request is read, beside the limits of its fields.
struct DraftRules {
    var event: EventAttributes?
    /// What its times are judged by; nil does not judge them.
    var arrival: Timestamp?
    /// Over HTTP somebody reads the refusal, so more is refused.
    var isFromHTTP = false
}

/// What has been read of a request so far.
struct Draft {
    private(set) var id: RequestID?
    private(set) var requestedAt: Timestamp?
    /// Given as `requestedAt`, and not taken.
    private var implausibleTime: Timestamp?
    /// It has a member that CloudEvents have.
    private(set) var mayBeEvent = false
    /// Members that look like misspelt ones; of a body alone.
    private(set) var warnings: [FieldWarning] = []
    private var namespace = Namespace.default
    private var selectors = Selectors()
    private var mode = PurgeMode.hard
    private var priority = Priority.normal
    private var notBefore: Timestamp?
    private var expiresAt: Timestamp?
    private var source: String?
    private var cancels: RequestID?

    /// How many unknown members are compared with known ones: a body may have a hundred thousand.
    private static let unknownMax = 64

    /// - Throws: `InvalidationError`
    mutating func read(_ object: JSONValue, _ rules: DraftRules) throws {
        if rules.isFromHTTP {
            var unknown = 0
            try object.forEachMember { key, value in
                guard try !readMember(key, value), !value.isNull, unknown < Self.unknownMax else { return }
                unknown += 1
                addWarning(key)
            }
        } else {
            try object.forEachMember { key, value in _ = try readMember(key, value) }
        }
    }

    func invalidation(id: RequestID, requestedAt: Timestamp) -> Invalidation {
        var invalidation = Invalidation(
            id: id, namespace: namespace, selectors: selectors, mode: mode, priority: priority,
            requestedAt: requestedAt, notBefore: notBefore, expiresAt: expiresAt, source: source, cancels: cancels)
        invalidation.implausibleTime = implausibleTime
        return invalidation
    }

    /// Checks it as a whole, and takes what the event around it says where it is silent.
    mutating func complete(_ rules: DraftRules) throws(InvalidationError) {
        try checkPurpose()
        try checkTimes(rules)
        if let event = rules.event { adopt(event, rules) }
    }

    private mutating func adopt(_ event: EventAttributes, _ rules: DraftRules) {
        if id == nil, let eventID = event.requestID, !rules.isFromHTTP || Self.idRefusal(eventID, rules) == nil {
            id = eventID
        }
        if requestedAt == nil, let time = event.time.flatMap({ Timestamp($0) }),
            rules.arrival.map({ PlausibleTime.isPlausible(time, at: $0) }) ?? true
        {
            requestedAt = time
        }
        if source == nil, let source = event.source, FieldReader.isSource(source.utf8) { self.source = source }
    }

    /// Either something went stale, or an earlier request is called off.
    private func checkPurpose() throws(InvalidationError) {
        if selectors.isEmpty, cancels == nil {
            if let warning = warnings.first {
                throw InvalidationError(
                    .invalidField(warning.field), "\(warning.field) is no member of a request: write \(warning.meant)")
            }
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

    private mutating func checkTimes(_ rules: DraftRules) throws(InvalidationError) {
        guard let arrival = rules.arrival else { return }
        if let given = requestedAt, let refusal = PlausibleTime.refusal(of: given, "requestedAt", at: arrival) {
            if rules.isFromHTTP { throw refusal }
            // Nobody reads a refusal on Kafka, and the content is stale all the same.
            (requestedAt, implausibleTime) = (nil, given)
        }
        guard rules.isFromHTTP else { return }
        if let id, let refusal = Self.idRefusal(id, rules) { throw refusal }
        if let expiresAt, expiresAt <= arrival {
            throw InvalidationError(
                .invalidField("expiresAt"), "expiresAt \(expiresAt) has passed already: nothing would be purged")
        }
        if let notBefore { try check(notBefore, at: arrival) }
    }

    /// Over HTTP; a worker says the same of records in its own way.
    private func check(_ notBefore: Timestamp, at arrival: Timestamp) throws(InvalidationError) {
        if notBefore > arrival + Limits.notBeforeMax {
            throw InvalidationError(
                .invalidField("notBefore"),
                "notBefore \(notBefore) lies more than a day ahead (\(arrival)): publish the request later")
        }
        if let expiresAt, expiresAt <= notBefore {
            throw InvalidationError(
                .invalidField("expiresAt"),
                "expiresAt \(expiresAt) is not after notBefore \(notBefore): nothing would be purged")
        }
        if cancels != nil {
            throw InvalidationError(
                .invalidField("notBefore"), "notBefore must stand without cancels: a request is called off at once")
        }
    }

    /// The status of an id of our own is found at any gateway at once, because the id tells its time.
    private static func idRefusal(_ id: RequestID, _ rules: DraftRules) -> InvalidationError? {
        guard let arrival = rules.arrival else { return nil }
        guard let time = id.time else {
            return InvalidationError(
                .invalidField("id"), "id must be a UUID of version 7; leave it out to get one")
        }
        guard time > arrival + -Limits.idAgeMax, time < arrival + Limits.futureMax else {
            return InvalidationError(
                .invalidField("id"),
                "id carries the time \(time), which is not within an hour of now (\(arrival)): make a new one, or "
                    + "leave it out")
        }
        return nil
    }

    private mutating func addWarning(_ key: JSONKey) {
        let name = key.string
        guard warnings.count < FieldWarning.countMax, let meant = MemberNames.meant(by: name) else { return }
        warnings.append(FieldWarning(field: name, meant: meant))
    }

    /// `null` says the same as an absent field.
    ///
    /// - Returns: whether the member is known.
    private mutating func readMember(_ key: JSONKey, _ value: JSONValue) throws -> Bool {
        guard !value.isNull else { return true }
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
        case "notBefore": notBefore = try FieldReader.time(value, "notBefore")
        case "expiresAt": expiresAt = try FieldReader.time(value, "expiresAt")
        case "source": source = try FieldReader.source(value)
        case "cancels": cancels = try FieldReader.id(value, "cancels")
        case "specversion": mayBeEvent = true
        default: return false
        }
        return true
    }
}
