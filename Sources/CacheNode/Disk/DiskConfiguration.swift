/// Where a cache node keeps entries on disk, and how many.
public struct DiskConfiguration: Sendable {
    /// A smaller file would keep next to nothing.
    public static let bytesMin = 16 << 20
    public static let bytesUsual = 10 << 30

    public var path: String
    /// Bytes of the file. Its log stands beside it.
    public var bytesMax = Self.bytesUsual
    /// Whether what an earlier process has left is of use: not where the log of invalidations ends with the process.
    public var outlivesProcess = true

    public init(path: String) {
        self.path = path
    }
}
