/// Field of a request that is not known and looks like a known one.
public struct FieldWarning: Hashable, Sendable {
    /// Enough of them to see what is wrong.
    static let countMax = 16

    public let field: String
    /// The known field that is probably meant.
    public let meant: String

    public var message: String { "unknown field; did you mean \(meant)?" }
}
