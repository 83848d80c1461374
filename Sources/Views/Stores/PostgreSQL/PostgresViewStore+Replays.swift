internal import Invalidations
internal import Replays
internal import Storage

// Dead letters and runs.
extension PostgresViewStore {
    func loadRelated(
        deadLettersOf identities: [RequestIdentity], namesakesOf others: [RequestIdentity]
    ) throws -> RelatedRows {
        guard !identities.isEmpty || !others.isEmpty else { return RelatedRows() }
        let results = try ask([
            (
                """
                SELECT \(PostgresDeadLetters.columns) FROM \(PostgresRequests.given) JOIN dead_letters
                    ON coalesce(dead_letters.status, request) = key.id AND dead_letters.namespace = key.namespace
                WHERE discarded_by IS NULL
                """, PostgresRequests.arrays(identities)
            ),
            (
                """
                SELECT key.id, key.namespace FROM \(PostgresRequests.given) WHERE EXISTS
                    (SELECT FROM requests WHERE requests.id = key.id AND requests.namespace <> key.namespace)
                """, PostgresRequests.arrays(others)
            ),
        ])
        var related = RelatedRows()
        results[0].forEachRow { row in
            let record = DeadLetterCoding.record(from: row)
            guard let identity = record.entry.identity else { return }
            related.deadLetters[identity, default: []].append(record)
        }
        try results[1].forEachRow { related.withNamesakes.insert(try RequestRow.identity($0)) }
        return related
    }

    func add(_ deadLetters: [DeadLetterRecord]) {
        guard !deadLetters.isEmpty else { return }
        var columns = DeadLetterColumns()
        for deadLetter in deadLetters { columns.append(deadLetter) }
        store(
            """
            INSERT INTO dead_letters (partition_id, record_offset, is_open, open_edges, time, class, error, request,
                namespace, origin, edges, attempts, generation, redrives, run, status)
            SELECT partition_id, record_offset, is_open <> 0, open_edges, time, class, error, request, namespace,
                origin, edges, attempts, generation, redrives, run, status
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::text[],
                $8::bytea[], $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[],
                $15::text[], $16::bytea[])
                AS new (partition_id, record_offset, is_open, open_edges, time, class, error, request, namespace,
                    origin, edges, attempts, generation, redrives, run, status)
            ON CONFLICT DO NOTHING
            """, columns.parameters)
    }

    func update(_ deadLetters: [DeadLetterRecord]) {
        guard !deadLetters.isEmpty else { return }
        var columns = DeadLetterColumns()
        for deadLetter in deadLetters { columns.append(deadLetter) }
        store(
            """
            UPDATE dead_letters SET is_open = new.is_open <> 0, open_edges = new.open_edges
            FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
                AS new (partition_id, record_offset, is_open, open_edges)
            WHERE dead_letters.partition_id = new.partition_id AND dead_letters.record_offset = new.record_offset
            """, Array(columns.parameters.prefix(4)))
    }

    func discard(_ marks: [DiscardMark]) {
        guard !marks.isEmpty else { return }
        // Of several marks for one dead letter the first counts: the order of rows in an update is not known.
        var firsts: [DiscardMark] = []
        var seen: Set<PostgresDeadLetters.Name> = []
        for mark in marks where seen.insert(.init(partition: mark.partition, offset: mark.offset)).inserted {
            firsts.append(mark)
        }
        store(
            """
            UPDATE dead_letters SET is_open = false, open_edges = '', discarded_by = mark.run
            FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS mark (partition_id, record_offset, run)
            WHERE dead_letters.partition_id = mark.partition_id AND dead_letters.record_offset = mark.record_offset
                AND discarded_by IS NULL
            """,
            [
                .integers(PostgresIntegers(firsts.map { Int64($0.partition) })),
                .integers(PostgresIntegers(firsts.map(\.offset))), .texts(PostgresTexts(firsts.map(\.run))),
            ])
    }

    func removeDeadLetters(_ partition: Int32, below offset: Int64, max: Int) throws -> Int {
        let removed = try ask(
            """
            DELETE FROM dead_letters WHERE partition_id = $1 AND record_offset IN
                (SELECT record_offset FROM dead_letters WHERE partition_id = $1 AND record_offset < $2
                    ORDER BY record_offset LIMIT $3)
            """, [.integer(Int64(partition)), .integer(offset), .integer(Int64(max))]
        ).changes
        addChanges(removed)
        return removed
    }

    func store(_ runs: [RunTable.Run]) throws {
        guard !runs.isEmpty else { return }
        var (ids, orders, states) = (PostgresTexts(), PostgresBlobs(), PostgresBlobs())
        var times = PostgresIntegers()
        for run in runs {
            ids.append(run.id)
            orders.append(try RunCoding.order(of: run))
            states.append(try RunCoding.state(of: run))
            times.append(run.overAt)
        }
        store(
            """
            INSERT INTO runs SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bigint[])
            ON CONFLICT (id) DO UPDATE SET run_order = excluded.run_order, run_state = excluded.run_state,
                over_at = excluded.over_at
            """, [.texts(ids), .blobs(orders), .blobs(states), .integers(times)])
    }

    func add(toRuns changes: [RunTally.Cell: RunTally.Change]) {
        guard !changes.isEmpty else { return }
        var (runs, edges) = (PostgresTexts(), PostgresTexts())
        var numbers = [PostgresIntegers](repeating: PostgresIntegers(), count: 3)
        for (cell, change) in changes {
            runs.append(cell.run)
            edges.append(cell.edge)
            numbers[0].append(Int64(cell.state.rank))
            numbers[1].append(change.requests)
            numbers[2].append(change.heardAt.milliseconds)
        }
        store(
            """
            INSERT INTO run_edges (run, edge, state, requests, heard_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
            ON CONFLICT (run, edge, state) DO UPDATE SET requests = run_edges.requests + excluded.requests,
                heard_at = greatest(run_edges.heard_at, excluded.heard_at)
            """, [.texts(runs), .texts(edges)] + numbers.map { .integers($0) })
    }

    func removeRunEdges(before horizon: Timestamp, max: Int) throws {
        let removed = try ask(
            """
            DELETE FROM run_edges WHERE run IN
                (SELECT run FROM run_edges GROUP BY run HAVING max(heard_at) < $1 LIMIT $2)
            """, [.integer(horizon.milliseconds), .integer(Int64(max))]
        ).changes
        addChanges(removed)
    }

    func removeRuns(overBefore horizon: Timestamp, max: Int) throws -> Int {
        let removed = try ask(
            "DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE over_at < $1 ORDER BY over_at LIMIT $2)",
            [.integer(horizon.milliseconds), .integer(Int64(max))]
        ).changes
        addChanges(removed)
        return removed
    }
}

/// The columns of dead letters' rows as arrays: first those that change.
private struct DeadLetterColumns {
    private var integers = [PostgresIntegers](repeating: PostgresIntegers(), count: 7)
    private var texts = [PostgresTexts](repeating: PostgresTexts(), count: 7)
    private var requests = PostgresBlobs()
    private var statuses = PostgresBlobs()

    mutating func append(_ record: DeadLetterRecord) {
        let entry = record.entry
        integers[0].append(Int64(entry.partition))
        integers[1].append(entry.offset)
        integers[2].append(record.isOpen ? 1 : 0)
        texts[0].append(DeadLetterCoding.text(of: record.openEdges))
        integers[3].append(entry.time ?? 0)
        texts[1].append(entry.deadClass)
        texts[2].append(entry.error)
        Self.append(entry.requestID, to: &requests)
        texts[3].append(entry.namespace?.name)
        texts[4].append(entry.origin)
        texts[5].append(DeadLetterCoding.text(of: entry.edges))
        integers[4].append(Int64(entry.attempts))
        integers[5].append(Int64(entry.generation))
        integers[6].append(Int64(entry.redrives))
        texts[6].append(entry.run)
        Self.append(entry.statusID, to: &statuses)
    }

    var parameters: [PostgresParameter] {
        [
            .integers(integers[0]), .integers(integers[1]), .integers(integers[2]), .texts(texts[0]),
            .integers(integers[3]), .texts(texts[1]), .texts(texts[2]), .blobs(requests), .texts(texts[3]),
            .texts(texts[4]), .texts(texts[5]), .integers(integers[4]), .integers(integers[5]),
            .integers(integers[6]), .texts(texts[6]), .blobs(statuses),
        ]
    }

    private static func append(_ id: RequestID?, to ids: inout PostgresBlobs) {
        if let id { ids.append(high: id.high, low: id.low) } else { ids.append(nil) }
    }
}
