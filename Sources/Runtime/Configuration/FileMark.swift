import Glibc

/// What tells one state of a file from another, without reading it.
public struct FileMark: Equatable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: Int64
    private let mode: UInt32

    /// - Returns: nil where there is no such file.
    public init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        seconds = Int64(status.st_mtim.tv_sec)
        nanoseconds = Int64(status.st_mtim.tv_nsec)
        mode = UInt32(status.st_mode)
    }

    /// Whether other users than the file's owner may read it.
    public var isReadableByOthers: Bool { mode & 0o077 != 0 }
}
