internal import Edges
internal import HTTP
internal import Invalidations
internal import JSON
internal import Views

/// `GET /namespaces`, `/lag`, `/audit`, `/keys`, `/access` and `/metrics/workers`.
struct OversightEndpoint: Sendable {
    static let namespacesMax = 1_000
    static let keysMax = 1_000
    static let nameMax = 100
    private static let limitDefault = 100

    private let reader: RunReader
    private let jobs: JobQueue
    private let entrance: Entrance
    private let strictNamespaces: [NamespacePattern]
    private let certificates: [KnownCertificate]
    private let lag: LagQuestion
    private let workers: WorkerMetrics

    init(_ configuration: GatewayConfiguration, reader: RunReader, jobs: JobQueue, entrance: Entrance) {
        (self.reader, self.jobs, self.entrance) = (reader, jobs, entrance)
        strictNamespaces = configuration.strictNamespaces
        certificates = configuration.knownCertificates
        lag = LagQuestion(configuration.kafka, group: configuration.workerGroup)
        workers = WorkerMetrics(configuration.workers)
    }

    /// What the sender may do; a gateway that asks for nothing lets everybody do that.
    func showAccess(_ request: HTTPRequest) -> HTTPResponse {
        let policy = entrance.rules.policy
        let principal = request.principal
        let open = Scopes.allNames.compactMap { Scopes(name: $0) }.filter(policy.isOpen)
        let scopes = open.reduce(principal.isAuthenticated ? principal.scopes : []) { $0.union($1) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", principal.name)
        writer.member("authenticated", principal.isAuthenticated)
        writer.member("scopes", scopes.names)
        if let namespaces = principal.grant.namespaces { writer.member("namespaces", namespaces.map(\.description)) }
        if let hosts = principal.grant.hosts { writer.member("hosts", hosts.map(\.description)) }
        writer.endObject()
        return Self.fresh(.json(200, writer.bytes))
    }

    /// Of those that the sender may see. Who may operate sees their open dead letters, too.
    func listNamespaces(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            let limit = try LimitParameter.read(request, max: Self.namespacesMax) ?? Self.limitDefault
            let query = MinuteQuery(since: try StatusParameters.time(request, "since"))
            let part = request.parameter("name")
            guard part.map({ (1...Self.nameMax).contains($0.count) }) ?? true else {
                throw ParameterError("name", "a part of a name, 1 to \(Self.nameMax) characters")
            }
            let principal = request.principal
            let policy = entrance.rules.policy
            let seesDeadLetters = principal.isAuthenticated && principal.scopes.contains(.operate)
            let (list, deadLetters) = try reader.read { view in
                let list = try view.namespaces(query)
                guard seesDeadLetters || policy.isOpen(.operate) else { return (list, DeadLetterGroups?.none) }
                return (list, try view.countDeadLetters(DeadLetterQuery(), by: .namespace))
            }
            var document = NamespacesDocument(list, deadLetters, strict: strictNamespaces)
            document.keep(limit) { namespace in
                principal.grant.admits(namespace) && part.map { namespace.name.contains($0) } ?? true
            }
            return .json(200, document.bytes(quota: entrance.rules.namespaceQuota))
        }
    }

    /// Without a word of theirs where no worker is named.
    func showWorkers(_ answer: @escaping Answer) {
        jobs.add(answer) { [workers] in workers.ask() }
    }

    func tellLag(_ answer: @escaping Answer) {
        jobs.add(answer) { [reader, lag] in
            let marks = (try? reader.read { try $0.watermarks() }) ?? []
            do {
                return Self.fresh(.json(200, LagDocument.bytes(try lag.ask(view: marks), group: lag.group)))
            } catch {
                return Self.fresh(Problems.notReadable("\(error)"))
            }
        }
    }

    /// Orders of namespaces that the sender may operate, and changes of keys that are for these alone; or what was
    /// published in these namespaces.
    func listAudit(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            let question = try AuditQuestion(request)
            let grant = request.principal.grant
            let (log, watermark) =
                try question.isOfPublications ? publications(question, grant) : orders(question, grant)
            return .json(200, log.bytes(asOf: watermark))
        }
    }

    private func orders(_ question: AuditQuestion, _ grant: Grant) throws -> (AuditLog, Timestamp?) {
        let (runs, watermark) = try reader.read { view in
            (try view.runs(limit: AuditLog.runsMax + 1), try view.watermark())
        }
        let log = AuditLog(
            runs, entrance.rules.keyList ?? [], question, after: question.orderCursor, grant: grant)
        return (log, watermark)
    }

    private func publications(_ question: AuditQuestion, _ grant: Grant) throws -> (AuditLog, Timestamp?) {
        try reader.read { view in
            var query = StatusQuery(since: question.since, limit: StatusQuery.limitMax)
            var asOf: Timestamp?
            let log = try AuditLog(after: question.publicationCursor, question, grant: grant) { cursor in
                query.cursor = cursor
                let page = try view.list(query)
                asOf = page.asOf
                return (page.records, page.next)
            }
            return (log, asOf)
        }
    }

    /// Keys for namespaces that the sender may operate. Who may operate all of them sees the other credentials, too.
    func listKeys(_ request: HTTPRequest) -> HTTPResponse {
        answered {
            let limit = try LimitParameter.read(request, max: Self.keysMax) ?? Self.limitDefault
            let given = request.parameter("after")
            guard given.map({ KeyText.isID($0.utf8) }) ?? true else {
                throw ParameterError("after", "the \"next\" of an earlier page")
            }
            let after = given ?? ""
            let rules = entrance.rules
            let grant = request.principal.grant
            let keys = (rules.keyList ?? []).filter {
                $0.id > after && grant.covers($0.grant.namespaces?.map(\.description))
            }
            let others = grant.covers(nil) ? CredentialsInForce(rules.policy, certificates) : nil
            return .json(200, KeysDocument.bytes(keys, limit: limit, others, now: .now()))
        }
    }

    private func answered(_ body: () throws -> HTTPResponse) -> HTTPResponse {
        do {
            return Self.fresh(try body())
        } catch let error as ParameterError {
            return Problems.invalidParameter(error.name, error.demand)
        } catch {
            return Problems.viewUnavailable("\(error)")
        }
    }

    private static func fresh(_ response: HTTPResponse) -> HTTPResponse {
        response.with("Cache-Control", "no-store")
    }
}
