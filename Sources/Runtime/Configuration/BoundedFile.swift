import Glibc

/// Reads small files that operators name: configuration, secrets, certificates.
public enum BoundedFile {
    /// - Throws: `ConfigurationError` when the file can't be opened, is not a regular file, or has more bytes.
    public static func read(_ path: String, bytesMax: Int) throws(ConfigurationError) -> [UInt8] {
        // Not to wait for the writer of a named pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw fault(path, "can't be opened: \(errorText())") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault(path, "can't be read: \(errorText())") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw fault(path, "is not a regular file") }

        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        var count = 0
        while count <= bytesMax {
            let got = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress! + count, $0.count - count)
            }
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw fault(path, "can't be read: \(errorText())") }
            if got == 0 { break }
            count += got
        }
        guard count <= bytesMax else { throw fault(path, "has more than \(bytesMax) bytes") }
        return Array(bytes[..<count])
    }

    /// Whether there is something of that name.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    private static func errorText() -> String {
        String(cString: strerror(errno))
    }

    private static func fault(_ path: String, _ problem: String) -> ConfigurationError {
        ConfigurationError(at: .file(path: path, line: 0), problem: problem)
    }
}
