internal import Foundation

/// A database on disk: the file, its log (`-wal`) and the log's index (`-shm`). No connection of this process may
/// be open while they are moved; readers of other processes keep what they have open.
public enum DatabaseFile {
    /// Removes the database; none at all is fine.
    ///
    /// The file goes first: SQLite drops a log that stands beside no file, but would replay it into another one.
    public static func remove(_ path: String) throws(StorageError) {
        for suffix in ["", "-wal", "-shm"] {
            guard unlink(path + suffix) == 0 || errno == ENOENT else { throw failure(path + suffix) }
        }
    }

    /// Puts the database at `fresh` in the place of the one at `path`. Ended half-way, it leaves none at `path`.
    public static func replace(_ path: String, with fresh: String) throws(StorageError) {
        guard FileIdentity(path: fresh + "-wal") == nil else {
            throw .busy("\(fresh) is still open: its log has not gone into the file")
        }
        try remove(path)
        guard rename(fresh, path) == 0 else { throw failure(path) }
    }

    /// What is behind the name of a database that was set aside.
    public static let damagedSuffix = ".damaged"

    /// Moves a damaged database out of the way, for people to look at. An earlier one there is removed.
    public static func setAside(_ path: String) throws(StorageError) {
        let aside = path + damagedSuffix
        try remove(aside)
        for suffix in ["", "-wal", "-shm"] {
            guard rename(path + suffix, aside + suffix) == 0 || errno == ENOENT else { throw failure(path + suffix) }
        }
    }

    private static func failure(_ path: String) -> StorageError {
        .inputOutput("\(path): \(String(cString: strerror(errno)))")
    }
}
