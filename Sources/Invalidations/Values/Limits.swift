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
    /// How far ahead of its arrival a request may say that it was made, in milliseconds: clocks differ.
    public static let futureMax: Int64 = 3_600_000
    /// How far ahead a request may say that its purges start at the earliest, in milliseconds. It waits on the retry
    /// topics, which keep a record for two weeks: what waits for a day is safe there, and still remembered by somebody.
    public static let notBeforeMax: Int64 = 86_400_000
    /// How old an id may be that a publisher gives itself over HTTP, in milliseconds.
    public static let idAgeMax: Int64 = 3_600_000
    /// How long before its arrival, in milliseconds: as long as the topics keep a request.
    public static let pastMax: Int64 = 7 * 86_400_000
}
