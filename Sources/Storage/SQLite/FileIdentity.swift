internal import Foundation

/// Which file a path leads to. Another file renamed over the path has another identity.
public struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    private let node: UInt64

    /// Nil where the path leads to no file.
    public init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        node = UInt64(status.st_ino)
    }
}
