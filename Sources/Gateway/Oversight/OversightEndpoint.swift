internal import Edges
internal import HTTP
internal import Invalidations
internal import JSON
internal import Views

/// `GET /namespaces`, `/lag`, `/audit`, `/keys`, `/access` and `/metrics/workers`.
struct OversightEndpoint: Sendable {
    static let namespacesMax = 1_000
    static let entriesMax = 1_000
    static let keysMax = 1_000
    static let whoMax = 100
    static let kinds = ["replay", "redrive", "discard", "key", AuditLog.publication]
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
            let principal = request.principal
            let policy = entrance.rules.policy
            let seesDeadLetters = principal.isAuthenticated && principal.scopes.contains(.operate)
            let (list, deadLetters) = try reader.read { view in
                let list = try view.namespaces(query)
                guard seesDeadLetters || policy.isOpen(.operate) else { return (list, DeadLetterGroups?.none) }
                return (list, try view.countDeadLetters(DeadLetterQuery(), by: .namespace))
            }
            var document = NamespacesDocument(list, deadLetters, strict: strictNamespaces)
            document.keep(limit) { principal.grant.admits($0) }
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
            let limit = try LimitParameter.read(request, max: Self.entriesMax) ?? Self.limitDefault
            let since = try StatusParameters.time(request, "since")
            let who = request.parameter("who")
            guard who.map({ (1...Self.whoMax).contains($0.count) }) ?? true else {
                throw ParameterError("who", "a part of a name, 1 to \(Self.whoMax) characters")
            }
            let kind = request.parameter("kind")
            guard kind.map({ Self.kinds.contains($0) }) ?? true else {
                throw ParameterError("kind", "one of \(Self.kinds.joined(separator: ", "))")
            }
            let grant = request.principal.grant
            let isOfPublications = kind == AuditLog.publication
            var (log, watermark) = try isOfPublications ? publications(grant, since) : orders(grant)
            log.keep { entry in
                guard isOfPublications || kind.map({ $0 == entry.kind }) ?? true else { return false }
                return
                    (since.map { $0 <= entry.at } ?? true) && (who.map { entry.who?.contains($0) ?? false } ?? true)
            }
            return .json(200, log.bytes(limit: limit, asOf: watermark))
        }
    }

    private func orders(_ grant: Grant) throws -> (AuditLog, Timestamp?) {
        let (runs, watermark) = try reader.read { view in
            (try view.runs(limit: AuditLog.runsMax + 1), try view.watermark())
        }
        return (AuditLog(runs, entrance.rules.keyList ?? [], grant: grant), watermark)
    }

    private func publications(_ grant: Grant, _ since: Timestamp?) throws -> (AuditLog, Timestamp?) {
        try reader.read { view in
            var records: [StatusRecord] = []
            var query = StatusQuery(since: since, limit: StatusQuery.limitMax)
            var asOf: Timestamp?
            for _ in 0..<AuditLog.pagesMax {
                let page = try view.list(query)
                records += page.records
                (query.cursor, asOf) = (page.next, page.asOf)
                if page.next == nil { break }
            }
            return (AuditLog.publications(records, isComplete: query.cursor == nil, grant: grant), asOf)
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
