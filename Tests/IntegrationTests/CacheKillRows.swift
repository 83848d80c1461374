import HTTP
import Storage
import TestSupport

/// The rows that nodes have flushed, and a database that refuses some and watches all.
struct CacheKillRows {
    private static let poison = "\"poison\""

    private let url: String
    /// Keys of acknowledged writes that the database refuses.
    private(set) var poisoned: Set<String> = []
    private var tries = 0

    /// The tables are there.
    ///
    /// - Parameter url: of the database.
    init(_ url: String) throws {
        self.url = url
        let connection = try connect()
        try connection.execute("ALTER TABLE entries ADD CHECK (value <> '\(Self.poison)'::bytea)")
        try connection.execute("CREATE TABLE public.regressions (key bytea, old bytea, new bytea)")
        try connection.execute(
            """
            CREATE FUNCTION public.watch() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF convert_from(NEW.value, 'UTF8')::numeric < convert_from(OLD.value, 'UTF8')::numeric THEN
                    INSERT INTO public.regressions VALUES (OLD.key, OLD.value, NEW.value);
                END IF;
                RETURN NEW;
            END $$
            """)
        try connection.execute(
            "CREATE TRIGGER watch AFTER UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION public.watch()")
    }

    /// Writes what the database will refuse.
    mutating func poisonOne(_ clients: CacheClients, _ random: inout SeededGenerator) throws {
        try eventually("a write that the database refuses is acknowledged", within: .seconds(60)) {
            tries += 1
            let key = "poison-\(tries)"
            let answer = try? clients.ask("POST", key, "{\"value\":\(Self.poison)}", &random).get()
            guard answer?.status == 200 else { return false }
            poisoned.insert(key)
            return true
        }
    }

    /// Keys whose row is none of those that it may be.
    func different(from wanted: [String: [Int]]) throws -> [String] {
        var rows: [String: Int] = [:]
        try connect().run("SELECT key, value FROM entries").forEachRow { row in
            rows[String(decoding: row.bytes(0), as: UTF8.self)] = Int(String(decoding: row.bytes(1), as: UTF8.self))
        }
        return wanted.filter { key, values in !values.contains(rows[key] ?? CacheTraffic.nothing) }.keys.sorted()
    }

    /// How often a row went back to an older value.
    func regressions() throws -> Int64? { try connect().integer("SELECT count(*) FROM public.regressions") }

    /// Sets a row back, as no node may.
    func setBack(_ key: String) throws {
        try connect().run(
            "UPDATE entries SET value = '-2'::bytea WHERE key = $1", [.bytes(Array(key.utf8))])
    }

    private func connect() throws -> PostgresConnection {
        var options = PostgresConnection.Options()
        options.schemaName = "cachesync_cache"
        return try PostgresConnection(PostgresAddress(url), options: options)
    }
}
