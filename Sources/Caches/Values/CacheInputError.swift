/// Why a key, a value, a tag or a lifetime is refused.
public enum CacheInputError: Error, Hashable, Sendable, CustomStringConvertible {
    case keyIsMissing
    case keyIsTooLong
    /// The position of the tag that no invalidation could name.
    case tagIsNotAllowed(Int)
    case tooManyTags
    case valueIsTooLarge
    /// Negative, or no number.
    case lifetimeIsNotAllowed(String)

    public var description: String {
        switch self {
        case .keyIsMissing: "the key is missing or empty"
        case .keyIsTooLong: "the key is longer than \(CacheLimits.keyBytes) bytes"
        case .tagIsNotAllowed(let index):
            "tags[\(index)] must be 1 to 1,024 characters of printable ASCII without blanks and commas"
        case .tooManyTags: "more than \(CacheLimits.tags) tags"
        case .valueIsTooLarge: "the value is larger than \(CacheLimits.valueBytes) bytes"
        case .lifetimeIsNotAllowed(let field): "\(field) must be a number of seconds that is not negative"
        }
    }
}
