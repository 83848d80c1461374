/// The header field that names a trace (W3C Trace Context).
public enum TraceParent {
    public static let name = "traceparent"

    /// `00-<32 hex>-<16 hex>-<2 hex>`, in lower case.
    public static func isValid(_ parent: String) -> Bool {
        let parts = parent.split(separator: "-", omittingEmptySubsequences: false)
        guard parent.utf8.count == 55, parts.map(\.utf8.count) == [2, 32, 16, 2], parts[0] != "ff" else { return false }
        return parts.joined().utf8.allSatisfy { Hexadecimal.value(of: $0) != nil && !$0.isASCIIUppercase }
    }
}
