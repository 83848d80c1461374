internal import Storage

/// The tables of a status view in PostgreSQL: those of `ViewSchema`, with these differences.
///
/// - `requests.edges` holds the names of the edges themselves, with line breaks between them.
/// - `view_state`: one row, with a number that each change of the view makes larger.
///
/// Texts sort by their bytes, as in SQLite. Fewer rows to a page leave space beside each for its next version.
enum PostgresViewSchema {
    /// "CSyV".
    private static let applicationID: Int32 = 0x4353_7956

    static let current = Schema(applicationID: applicationID, steps: [first, second, third, fourth])

    private static let first = """
        CREATE TABLE requests (
            id bytea NOT NULL CHECK (length(id) = 16),
            namespace text COLLATE "C" NOT NULL,
            status smallint NOT NULL,
            listed_at bigint NOT NULL,
            requested_at bigint NOT NULL,
            first_seen_at bigint NOT NULL,
            updated_at bigint NOT NULL,
            edges text NOT NULL,
            cells bytea NOT NULL,
            failures integer NOT NULL,
            earlier integer NOT NULL,
            run text,
            reported smallint NOT NULL,
            published_at bigint,
            priority smallint,
            kinds smallint,
            source text COLLATE "C",
            cancels bytea,
            key text COLLATE "C",
            key_digest text,
            implausible_time bigint,
            PRIMARY KEY (id, namespace)
        ) WITH (fillfactor = 80);
        CREATE INDEX requests_by_status ON requests (status, listed_at, id, namespace);
        CREATE INDEX requests_by_namespace ON requests (namespace, status, listed_at, id);
        CREATE INDEX requests_by_idempotency_key ON requests (namespace, key, published_at) WHERE key IS NOT NULL;
        CREATE INDEX requests_by_source ON requests (source, listed_at, id, namespace) WHERE source IS NOT NULL;
        CREATE TABLE failures (
            request bytea NOT NULL,
            namespace text COLLATE "C" NOT NULL,
            edge text COLLATE "C" NOT NULL,
            class text NOT NULL,
            message text NOT NULL,
            attempts bigint NOT NULL,
            PRIMARY KEY (request, namespace, edge)
        );
        CREATE TABLE earlier_tries (
            request bytea NOT NULL,
            namespace text COLLATE "C" NOT NULL,
            edge text COLLATE "C" NOT NULL,
            generation bigint NOT NULL,
            state smallint NOT NULL,
            objects bigint,
            class text,
            message text,
            attempts bigint,
            PRIMARY KEY (request, namespace, edge, generation)
        );
        CREATE TABLE counts (
            status smallint PRIMARY KEY,
            requests bigint NOT NULL CHECK (requests >= 0)
        );
        INSERT INTO counts VALUES (0, 0), (1, 0), (2, 0), (3, 0);
        CREATE TABLE offsets (
            topic text COLLATE "C" NOT NULL,
            partition_id integer NOT NULL,
            next_offset bigint NOT NULL,
            caught_up_at bigint NOT NULL,
            PRIMARY KEY (topic, partition_id)
        );
        CREATE TABLE dead_letters (
            partition_id integer NOT NULL,
            record_offset bigint NOT NULL,
            time bigint NOT NULL,
            class text NOT NULL,
            error text NOT NULL,
            request bytea,
            namespace text COLLATE "C",
            origin text NOT NULL,
            edges text NOT NULL,
            attempts bigint NOT NULL,
            generation bigint NOT NULL,
            redrives bigint NOT NULL,
            run text COLLATE "C",
            status bytea,
            open_edges text NOT NULL,
            is_open boolean NOT NULL,
            discarded_by text,
            PRIMARY KEY (partition_id, record_offset)
        );
        CREATE INDEX dead_letters_by_time ON dead_letters (is_open, time, partition_id, record_offset);
        CREATE INDEX dead_letters_by_run ON dead_letters (run, time, partition_id, record_offset)
            WHERE run IS NOT NULL;
        CREATE INDEX dead_letters_by_request ON dead_letters (request) WHERE request IS NOT NULL;
        CREATE INDEX dead_letters_by_identity ON dead_letters (coalesce(status, request), namespace);
        CREATE TABLE runs (
            id text COLLATE "C" PRIMARY KEY,
            run_order bytea,
            run_state bytea,
            over_at bigint
        );
        CREATE INDEX runs_over ON runs (over_at) WHERE over_at IS NOT NULL;
        CREATE TABLE view_state (
            version bigint NOT NULL
        );
        INSERT INTO view_state VALUES (0);
        """

    // Few requests fail, and the indexes of failing ones hold those alone.
    private static let second = """
        ALTER TABLE requests ADD COLUMN not_before bigint;
        CREATE INDEX requests_failing ON requests (listed_at, id, namespace) WHERE failures > 0 AND run IS NULL;
        CREATE INDEX requests_failing_by_namespace ON requests (namespace, listed_at, id)
            WHERE failures > 0 AND run IS NULL;
        CREATE TABLE minutes (
            namespace text COLLATE "C" NOT NULL,
            minute bigint NOT NULL,
            published bigint NOT NULL,
            completed bigint NOT NULL,
            failed bigint NOT NULL,
            PRIMARY KEY (namespace, minute)
        ) WITH (fillfactor = 50);
        CREATE INDEX minutes_by_time ON minutes (minute);
        \(MinuteRows.fromRequests)
        """

    // What was folded before has none: `projector --rebuild` fills them in.
    private static let third = "ALTER TABLE requests ADD COLUMN details text"

    // Replays that were folded before have no rows, or too few: `projector --rebuild` counts them.
    private static let fourth = """
        CREATE TABLE run_edges (
            run text COLLATE "C" NOT NULL,
            edge text COLLATE "C" NOT NULL,
            state smallint NOT NULL,
            requests bigint NOT NULL,
            heard_at bigint NOT NULL,
            PRIMARY KEY (run, edge, state)
        ) WITH (fillfactor = 50);
        """
}
