import Glibc

/// Small file of its owner alone, changed as a whole. One process changes it at a time.
public struct PrivateFile {
    let path: String

    public init(path: String) {
        self.path = path
    }

    /// Replaces the content with what `body` makes, while no other process does so.
    ///
    /// - Throws: `ConfigurationError` for a file that can't be written, and what `body` throws.
    public func update(_ body: () throws -> [UInt8]) throws {
        // A file of its own: the other one is replaced, and a lock on it would go with it.
        let lock = open(path + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw fault("can't be locked") }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else { throw fault("can't be locked") }
        }
        try replace(with: try body())
    }

    /// A reader sees, at any time and also after a crash, the old content or the new.
    private func replace(with bytes: [UInt8]) throws(ConfigurationError) {
        let temporary = path + ".new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw fault("can't be written") }
        let isWritten = write(bytes, to: descriptor) && fsync(descriptor) == 0
        guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
            let fault = fault("can't be written")
            unlink(temporary)
            throw fault
        }
        let slash = path.lastIndex(of: "/")
        let folder = open(slash.map { String(path[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private func fault(_ problem: String) -> ConfigurationError {
        ConfigurationError(
            at: .file(path: path, line: 0), problem: "\(problem): \(String(cString: strerror(errno)))")
    }
}
