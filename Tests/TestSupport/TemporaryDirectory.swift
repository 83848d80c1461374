import Foundation

/// A directory of its own under the system's temporary directory; removed with all it holds at deinit.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init(_ purpose: String = "test") throws {
        let base = FileManager.default.temporaryDirectory.path
        let name = "cachesync-\(purpose)-\(UUID().uuidString.prefix(13).lowercased())"
        path = (base as NSString).appendingPathComponent(name)
        // Servers that drop their privileges must still be able to enter it.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    }

    deinit {
        // Nothing depends on it: what stays behind lies in the temporary directory.
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of `name` inside the directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and returns its path.
    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String {
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        return file(name)
    }
}
