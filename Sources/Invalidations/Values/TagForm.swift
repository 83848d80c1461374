/// What a tag may be: tags travel in headers of several caches, separated by spaces or commas.
public enum TagForm {
    /// 1 to `Limits.tagBytes` printable ASCII characters without space and comma.
    public static func isAllowed(_ bytes: some Collection<UInt8>) -> Bool {
        (1...Limits.tagBytes).contains(bytes.count)
            && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    }
}
