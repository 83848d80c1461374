/// The bounds of one request. `Topics/schemas/invalidation.schema.json` says the same, and a test compares them.
public enum Limits {
    /// A whole record or request body.
    public static let recordBytes = 1 << 20
    /// Levels of nesting in a record, unknown fields included.
    public static let nestingDepth = 16
    public static let namespaceBytes = 128
    public static let sourceBytes = 128
    public static let tags = 1_000
    public static let tagBytes = 1_024
    public static let urls = 1_000
    public static let urlBytes = 8_192
    public static let prefixes = 100
}
