import Foundation

/// A file system in memory that is full after so many bytes. It is unmounted at deinit.
public final class SmallFilesystem {
    /// Why none can be mounted here; nil when it can.
    public static let missing: String? = {
        do {
            _ = try SmallFilesystem(bytes: 1 << 20)
            return nil
        } catch {
            return "no file system can be mounted here: \(error)"
        }
    }()

    public let path: String
    private let directory: TemporaryDirectory

    public init(bytes: Int) throws {
        directory = try TemporaryDirectory("small")
        path = directory.file("mounted")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let result = try runCommand(["/bin/mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", path])
        guard result.exitCode == 0 else { throw ProcessWorldError(result.output) }
    }

    deinit {
        // Lazily: somebody may still have a file open there.
        _ = try? runCommand(["/bin/umount", "-l", path])
    }

    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Takes up all the space that is left, with one file of that name.
    public func fill(_ name: String) throws {
        let descriptor = open(file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw SystemError("open") }
        defer { close(descriptor) }
        for size in [64 << 10, 4 << 10, 512, 1] {
            let bytes = [UInt8](repeating: 1, count: size)
            while write(descriptor, bytes, size) == size {}
        }
        guard errno == ENOSPC else { throw SystemError("write") }
    }
}
