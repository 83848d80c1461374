internal import Foundation

/// Holds a file's advisory lock, so that only one process does a job.
///
/// The kernel frees it however the process ends. The file itself stays: removing it would let two hold
/// "the" lock.
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `locked` if another holder has it, `cannotOpen` if the file cannot be made.
    public init(path: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .cannotOpen("\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK
                ? .locked("\(path) is locked by another process")
                : .cannotOpen("\(path): \(String(cString: strerror(code)))")
        }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }
}
