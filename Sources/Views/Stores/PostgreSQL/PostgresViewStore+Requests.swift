internal import Invalidations
internal import Storage

// Requests, with their failures and earlier tries, and how many are in each status.
extension PostgresViewStore {
    func store(_ changes: [RecordChange]) {
        guard !changes.isEmpty else { return }
        insert(rows: changes.filter { $0.old == nil })
        update(rows: changes.filter { $0.old != nil })
        let failing = changes.filter {
            $0.record.failures != $0.old?.failures ?? [:] || $0.record.wholeFailure != $0.old?.wholeFailure
        }
        store(failures: failing)
        store(earlier: changes.filter { $0.record.earlier != $0.old?.earlier ?? [] })
    }

    func add(toCounts changes: [RequestStatus: Int64]) {
        let changes = changes.filter { $0.value != 0 }
        guard !changes.isEmpty else { return }
        store(
            """
            UPDATE counts SET requests = counts.requests + change.requests
            FROM unnest($1::bigint[], $2::bigint[]) AS change (status, requests)
            WHERE counts.status = change.status
            """,
            [
                .integers(PostgresIntegers(changes.keys.map { StatusCode(status: $0).code })),
                .integers(PostgresIntegers(changes.values)),
            ])
    }

    func add(toMinutes changes: [MinuteTally.Minute: MinuteTally.Counts]) {
        guard !changes.isEmpty else { return }
        var namespaces = PostgresTexts()
        var numbers = [PostgresIntegers](repeating: PostgresIntegers(), count: 4)
        for (minute, counts) in changes {
            namespaces.append(minute.namespace)
            numbers[0].append(minute.number)
            numbers[1].append(counts.published)
            numbers[2].append(counts.completed)
            numbers[3].append(counts.failed)
        }
        store(
            """
            INSERT INTO minutes (namespace, minute, published, completed, failed)
            SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
            ON CONFLICT (namespace, minute) DO UPDATE SET published = minutes.published + excluded.published,
                completed = minutes.completed + excluded.completed, failed = minutes.failed + excluded.failed
            """, [.texts(namespaces)] + numbers.map { .integers($0) })
    }

    func removeMinutes(from first: Int64, to end: Int64, max: Int) throws -> Int {
        let removed = try ask(
            """
            DELETE FROM minutes WHERE (namespace, minute) IN
                (SELECT namespace, minute FROM minutes WHERE minute >= $1 AND minute < $2 LIMIT $3)
            """, [.integer(first), .integer(end), .integer(Int64(max))]
        ).changes
        addChanges(removed)
        return removed
    }

    func expired(_ code: StatusCode, before horizon: Timestamp, max: Int) throws -> [RequestIdentity] {
        // Nothing is listed later than it was heard of for the last time, so the index finds all.
        let rows = try ask(
            """
            SELECT id, namespace FROM requests WHERE status = $1 AND listed_at < $2 AND updated_at < $2
            ORDER BY listed_at LIMIT $3
            """, [.integer(code.code), .integer(horizon.milliseconds), .integer(Int64(max))])
        var expired: [RequestIdentity] = []
        rows.forEachRow { row in
            guard let id = row.id(0), let namespace = Namespace(row.text(1)) else { return }
            expired.append(RequestIdentity(id: id, namespace: namespace))
        }
        return expired
    }

    func remove(_ identities: [RequestIdentity]) {
        guard !identities.isEmpty else { return }
        let arrays = PostgresRequests.arrays(identities)
        for table in ["failures", "earlier_tries"] {
            store(
                """
                DELETE FROM \(table) USING \(PostgresRequests.given)
                WHERE \(table).request = key.id AND \(table).namespace = key.namespace
                """, arrays)
        }
        store(
            "DELETE FROM requests USING \(PostgresRequests.given) WHERE \(PostgresRequests.areOfKeys)", arrays)
    }

    /// No other writer is there, so that what was not found before is not there now.
    private func insert(rows changes: [RecordChange]) {
        guard !changes.isEmpty else { return }
        var columns = RequestColumns(.state, .edges, .origin)
        for change in changes { columns.append(change.record) }
        store(
            "INSERT INTO requests (\(columns.names)) SELECT * FROM unnest(\(columns.arrays))", columns.parameters)
    }

    /// Writes what has changed: most news say how far a request is, and nothing else. Long lists of edges stand outside
    /// of their rows, and need not be written again.
    private func update(rows changes: [RecordChange]) {
        var (states, edges, wholes): ([RecordChange], [RecordChange], [RecordChange]) = ([], [], [])
        for change in changes {
            if change.hasSameOrigin, change.record.edges == change.old?.edges {
                states.append(change)
            } else if change.hasSameOrigin {
                edges.append(change)
            } else {
                wholes.append(change)
            }
        }
        update(rows: states, RequestColumns(.state))
        update(rows: edges, RequestColumns(.state, .edges))
        update(rows: wholes, RequestColumns(.state, .edges, .origin))
    }

    private func update(rows changes: [RecordChange], _ columns: RequestColumns) {
        guard !changes.isEmpty else { return }
        var columns = columns
        for change in changes { columns.append(change.record) }
        store(
            """
            UPDATE requests SET \(columns.assignments(from: "new"))
            FROM unnest(\(columns.arrays)) AS new (\(columns.names))
            WHERE \(PostgresRequests.areOf("new"))
            """, columns.parameters)
    }

    /// Replaces the failures of these requests.
    private func store(failures changes: [RecordChange]) {
        guard !changes.isEmpty else { return }
        let old = changes.filter { $0.old.map { !$0.failures.isEmpty || $0.wholeFailure != nil } ?? false }
        remove(from: "failures", old)
        var rows = DetailColumns()
        var (classes, messages, attempts) = (PostgresTexts(), PostgresTexts(), PostgresIntegers())
        for record in changes.map(\.record) {
            for (edge, failure) in record.failures {
                rows.append(record.identity, edge)
                classes.append(failure.failureClass)
                messages.append(failure.message)
                attempts.append(Int64(failure.attempts))
            }
            if let whole = record.wholeFailure {
                rows.append(record.identity, "")
                classes.append(whole.failure.failureClass)
                messages.append(whole.failure.message)
                attempts.append(Int64(whole.generation))
            }
        }
        guard rows.count > 0 else { return }
        store(
            """
            INSERT INTO failures (request, namespace, edge, class, message, attempts)
            SELECT * FROM unnest(\(DetailColumns.arrays), $4::text[], $5::text[], $6::bigint[])
            """, rows.parameters + [.texts(classes), .texts(messages), .integers(attempts)])
    }

    /// Replaces the earlier tries of these requests.
    private func store(earlier changes: [RecordChange]) {
        guard !changes.isEmpty else { return }
        remove(from: "earlier_tries", changes.filter { $0.old.map { !$0.earlier.isEmpty } ?? false })
        var rows = DetailColumns()
        var (generations, states, objects) = (PostgresIntegers(), PostgresIntegers(), PostgresIntegers())
        var (classes, messages, attempts) = (PostgresTexts(), PostgresTexts(), PostgresIntegers())
        for record in changes.map(\.record) {
            for one in record.earlier {
                rows.append(record.identity, one.edge ?? "")
                generations.append(Int64(one.cell.generation))
                states.append(Int64(one.cell.state.rank))
                objects.append(one.cell.objects.map { Int64($0) })
                classes.append(one.failure?.failureClass)
                messages.append(one.failure?.message)
                attempts.append(one.failure.map { Int64($0.attempts) })
            }
        }
        guard rows.count > 0 else { return }
        store(
            """
            INSERT INTO earlier_tries
                (request, namespace, edge, generation, state, objects, class, message, attempts)
            SELECT * FROM unnest(\(DetailColumns.arrays), $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
                $8::text[], $9::bigint[])
            """,
            rows.parameters + [
                .integers(generations), .integers(states), .integers(objects), .texts(classes), .texts(messages),
                .integers(attempts),
            ])
    }

    private func remove(from table: String, _ changes: [RecordChange]) {
        guard !changes.isEmpty else { return }
        store(
            """
            DELETE FROM \(table) USING \(PostgresRequests.given)
            WHERE \(table).request = key.id AND \(table).namespace = key.namespace
            """, PostgresRequests.arrays(changes.lazy.map(\.record.identity)))
    }
}

/// Whose request a row is about, and which edge.
private struct DetailColumns {
    static let arrays = "$1::bytea[], $2::text[], $3::text[]"

    private(set) var count = 0
    private var ids = PostgresBlobs()
    private var namespaces = PostgresTexts()
    private var edges = PostgresTexts()

    mutating func append(_ identity: RequestIdentity, _ edge: String) {
        count += 1
        ids.append(high: identity.id.high, low: identity.id.low)
        namespaces.append(identity.namespace.name)
        edges.append(edge)
    }

    var parameters: [PostgresParameter] { [.blobs(ids), .texts(namespaces), .texts(edges)] }
}
