internal import Storage

/// The tables of a status view.
///
/// - `requests`: one row a request, by id and namespace: a publisher that takes another one's id has a row of its own.
///   `cells` says how far each edge of the edge list is (`CellCoding`); `listed_at` is its place in lists. A replay's
///   own row has a `run`, and a `status` (`StatusCode`) that is in no list. `reported` is 0 until a worker has told of
///   the request; the columns from `published_at` on are what its own record says, null where nothing is known of that.
/// - `edge_lists`: the names of edges, once for each list that requests have had.
/// - `failures`: why edges failed, for those alone that did. The empty name stands for the request as a whole; its
///   `attempts` are the generation that failed.
/// - `earlier_tries`: what became of generations that others outrank, for requests that were redriven. The empty name
///   stands for the request as a whole. `requests.earlier` counts them.
/// - `counts`: how many requests are in each status, replays left out.
/// - `minutes`: how many requests were heard of first and how many ended in each minute, of a namespace, and under the
///   empty name of all (`MinuteTally`).
/// - `dead_letters`: one row a dead letter, without its value. `open_edges` and `is_open` follow from the request's
///   row; `discarded_by` is the run that has closed it for good.
/// - `runs`: the newest order and state of each, as JSON; `over_at` is when one that is over was heard of last.
/// - `run_edges`: how many requests of each replay stand in which state at which edge (`RunTally`); `heard_at` is when
///   the latest of them was heard of.
/// - `offsets`: what has been folded in of each partition, and the time at which that was all there was.
enum ViewSchema {
    /// "CSyV".
    private static let applicationID: Int32 = 0x4353_7956

    static let current = Schema(
        applicationID: applicationID, steps: [first, second, third, fourth, fifth, sixth, seventh])

    // Ids of edge lists are never used again, so that readers may keep what they have read. The two indexes
    // serve lists, newest first, of any statuses with or without a namespace: one range for each status.
    private static let first = """
        CREATE TABLE edge_lists (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            names TEXT NOT NULL UNIQUE
        );
        CREATE TABLE requests (
            id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
            namespace TEXT NOT NULL,
            status INTEGER NOT NULL,
            requested_at INTEGER NOT NULL,
            first_seen_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            edge_list INTEGER NOT NULL,
            cells BLOB NOT NULL,
            failures INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX requests_by_status ON requests (status, requested_at, id);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, requested_at, id);
        CREATE TABLE failures (
            request BLOB NOT NULL REFERENCES requests (id),
            edge TEXT NOT NULL,
            class TEXT NOT NULL,
            message TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            PRIMARY KEY (request, edge)
        ) WITHOUT ROWID;
        CREATE TABLE counts (
            status INTEGER PRIMARY KEY,
            requests INTEGER NOT NULL CHECK (requests >= 0)
        );
        INSERT INTO counts VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TABLE offsets (
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            caught_up_at INTEGER NOT NULL,
            PRIMARY KEY (topic, partition)
        ) WITHOUT ROWID;
        """

    // Rows by id and namespace. The place in lists is no later than the first that was heard of a request: a
    // publisher's clock that is years ahead puts nothing on top of all lists.
    private static let second = """
        CREATE TABLE requests_by_key (
            id BLOB NOT NULL CHECK (length(id) = 16),
            namespace TEXT NOT NULL,
            status INTEGER NOT NULL,
            listed_at INTEGER NOT NULL,
            requested_at INTEGER NOT NULL,
            first_seen_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            edge_list INTEGER NOT NULL,
            cells BLOB NOT NULL,
            failures INTEGER NOT NULL,
            PRIMARY KEY (id, namespace)
        ) WITHOUT ROWID;
        INSERT INTO requests_by_key
            SELECT id, namespace, status, min(requested_at, first_seen_at), requested_at, first_seen_at, updated_at,
                edge_list, cells, failures
            FROM requests;
        CREATE TABLE failures_by_key (
            request BLOB NOT NULL,
            namespace TEXT NOT NULL,
            edge TEXT NOT NULL,
            class TEXT NOT NULL,
            message TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            PRIMARY KEY (request, namespace, edge),
            FOREIGN KEY (request, namespace) REFERENCES requests_by_key (id, namespace)
        ) WITHOUT ROWID;
        INSERT INTO failures_by_key
            SELECT request, namespace, edge, class, message, attempts
            FROM failures JOIN requests ON requests.id = failures.request;
        DROP TABLE failures;
        DROP TABLE requests;
        -- The reference of the failures follows.
        ALTER TABLE requests_by_key RENAME TO requests;
        ALTER TABLE failures_by_key RENAME TO failures;
        CREATE INDEX requests_by_status ON requests (status, listed_at, id, namespace);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, listed_at, id);
        CREATE TABLE taken_up (
            at INTEGER NOT NULL
        );
        INSERT INTO taken_up VALUES (0);
        """

    // Lists read the dead letters newest first: the open ones, those of a run, or the few of one request.
    private static let third = """
        ALTER TABLE requests ADD COLUMN run TEXT;
        ALTER TABLE requests ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE earlier_tries (
            request BLOB NOT NULL,
            namespace TEXT NOT NULL,
            edge TEXT NOT NULL,
            generation INTEGER NOT NULL,
            state INTEGER NOT NULL,
            objects INTEGER,
            class TEXT,
            message TEXT,
            attempts INTEGER,
            PRIMARY KEY (request, namespace, edge, generation),
            FOREIGN KEY (request, namespace) REFERENCES requests (id, namespace)
        ) WITHOUT ROWID;
        CREATE TABLE dead_letters (
            partition INTEGER NOT NULL,
            offset INTEGER NOT NULL,
            time INTEGER NOT NULL,
            class TEXT NOT NULL,
            error TEXT NOT NULL,
            request BLOB,
            namespace TEXT,
            origin TEXT NOT NULL,
            edges TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            generation INTEGER NOT NULL,
            redrives INTEGER NOT NULL,
            run TEXT,
            status BLOB,
            open_edges TEXT NOT NULL,
            is_open INTEGER NOT NULL,
            discarded_by TEXT,
            PRIMARY KEY (partition, offset)
        ) WITHOUT ROWID;
        CREATE INDEX dead_letters_by_time ON dead_letters (is_open, time, partition, offset);
        CREATE INDEX dead_letters_by_run ON dead_letters (run, time, partition, offset) WHERE run IS NOT NULL;
        CREATE INDEX dead_letters_by_request ON dead_letters (request) WHERE request IS NOT NULL;
        CREATE INDEX dead_letters_by_identity ON dead_letters (coalesce(status, request), namespace);
        CREATE TABLE runs (
            id TEXT NOT NULL PRIMARY KEY,
            run_order BLOB,
            run_state BLOB,
            over_at INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX runs_over ON runs (over_at) WHERE over_at IS NOT NULL;
        """

    // What the records of invalidation topics say. Few requests have a key, and the index holds those alone.
    private static let fourth = """
        ALTER TABLE requests ADD COLUMN reported INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE requests ADD COLUMN published_at INTEGER;
        ALTER TABLE requests ADD COLUMN priority INTEGER;
        ALTER TABLE requests ADD COLUMN kinds INTEGER;
        ALTER TABLE requests ADD COLUMN source TEXT;
        ALTER TABLE requests ADD COLUMN cancels BLOB;
        ALTER TABLE requests ADD COLUMN key TEXT;
        ALTER TABLE requests ADD COLUMN key_digest TEXT;
        ALTER TABLE requests ADD COLUMN implausible_time INTEGER;
        CREATE INDEX requests_by_idempotency_key ON requests (namespace, key, published_at) WHERE key IS NOT NULL;
        CREATE INDEX requests_by_source ON requests (source, listed_at, id, namespace) WHERE source IS NOT NULL;
        DROP TABLE taken_up;
        """

    // Few requests fail, and the indexes of failing ones hold those alone.
    private static let fifth = """
        ALTER TABLE requests ADD COLUMN not_before INTEGER;
        CREATE INDEX requests_failing ON requests (listed_at, id, namespace) WHERE failures > 0 AND run IS NULL;
        CREATE INDEX requests_failing_by_namespace ON requests (namespace, listed_at, id)
            WHERE failures > 0 AND run IS NULL;
        CREATE TABLE minutes (
            namespace TEXT NOT NULL,
            minute INTEGER NOT NULL,
            published INTEGER NOT NULL,
            completed INTEGER NOT NULL,
            failed INTEGER NOT NULL,
            PRIMARY KEY (namespace, minute)
        ) WITHOUT ROWID;
        CREATE INDEX minutes_by_time ON minutes (minute);
        \(MinuteRows.fromRequests)
        """

    // What was folded before has none: `projector --rebuild` fills them in.
    private static let sixth = "ALTER TABLE requests ADD COLUMN details TEXT"

    // Replays that were folded before have no rows, or too few: `projector --rebuild` counts them.
    private static let seventh = """
        CREATE TABLE run_edges (
            run TEXT NOT NULL,
            edge TEXT NOT NULL,
            state INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            heard_at INTEGER NOT NULL,
            PRIMARY KEY (run, edge, state)
        ) WITHOUT ROWID;
        """
}
