internal import Caches
internal import Foundation
internal import Invalidations
internal import Storage

/// What a file of entries says of itself when it is opened.
struct DiskState {
    var namespaces: [(id: Int64, name: Namespace)] = []
    /// Nil where nothing of the log was applied yet.
    var positions: DiskPositions?
    /// Invalidations that were not done.
    var sweeps: [(sequence: Int64, namespace: Int64, time: Int64, form: [UInt8])] = []
    var nextSequence: Int64 = 1

    /// Changes when the machine starts anew: then what was written last may be lost, and the file looks whole.
    private static var boot: String {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown"
    }

    /// Whether nothing can be missing that was written: the machine runs since then, or all was ended in order.
    static func isWhole(_ connection: Connection) throws -> Bool {
        guard let boot = try get("boot", connection) else { return true }
        return try boot == Self.boot && boot != "unknown" || get("clean", connection) == "1"
    }

    /// Reads the file, and marks it as in use.
    init(_ connection: Connection) throws {
        try connection.transaction {
            try Self.set("clean", "0", connection)
            try Self.set("boot", Self.boot, connection)
        }
        // Before anything is written behind it: the mark must not outlive what it says.
        try connection.checkpoint()
        try read(connection)
    }

    private mutating func read(_ connection: Connection) throws {
        try connection.prepare("SELECT id, name FROM namespaces").forEachRow { row in
            if let name = Namespace(row.text(1)) { namespaces.append((row.integer(0), name)) }
        }
        var partitions: [DiskPosition] = []
        try connection.prepare("SELECT topic, partition, next FROM positions").forEachRow { row in
            partitions.append(
                DiskPosition(
                    topic: row.text(0), partition: Int32(clamping: row.integer(1)), next: row.integer(2)))
        }
        let cluster = try Self.get("cluster", connection)
        if !partitions.isEmpty {
            positions = DiskPositions(cluster: cluster == "" ? nil : cluster, partitions)
        }
        try connection.prepare("SELECT sequence, namespace, time, form FROM sweeps ORDER BY sequence").forEachRow {
            sweeps.append(($0.integer(0), $0.integer(1), $0.integer(2), $0.bytes(3)))
        }
        let last = try connection.integer(
            """
            SELECT max(coalesce((SELECT max(sequence) FROM sweeps), 0),
                coalesce((SELECT max(m) FROM (SELECT (SELECT max(sequence) FROM entries
                    WHERE namespace = namespaces.id) AS m FROM namespaces)), 0))
            """)
        nextSequence = (last ?? 0) + 1
    }

    /// Forgets all that the file has of a namespace.
    static func remove(_ namespace: Int64, _ connection: Connection) throws {
        try connection.transaction {
            for (table, column) in [
                ("entries", "namespace"), ("tags", "namespace"), ("sweeps", "namespace"), ("namespaces", "id"),
            ] {
                try connection.execute("DELETE FROM \(table) WHERE \(column) = \(namespace)")
            }
        }
    }

    /// Says that all is in the file, so that it is of use after the machine was off.
    static func close(_ connection: Connection) throws {
        try connection.transaction { try set("clean", "1", connection) }
        try connection.checkpoint()
    }

    static func set(_ name: String, _ value: String, _ connection: Connection) throws {
        let statement = try connection.prepare("INSERT OR REPLACE INTO state VALUES(?1, ?2)")
        statement.bind(1, name)
        statement.bind(2, value)
        try statement.run()
    }

    private static func get(_ name: String, _ connection: Connection) throws -> String? {
        let statement = try connection.prepare("SELECT value FROM state WHERE name = ?1")
        statement.bind(1, name)
        return try statement.firstRow { $0.text(0) }
    }
}
