internal import Basics

/// Which headers a configuration may set.
enum HeaderRule {
    /// Of the tokens of RFC 9110 those that no proxy or server on the way takes for anything else.
    static func isName(_ name: String) -> Bool {
        (1...128).contains(name.utf8.count)
            && name.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }

    static func isValue(_ text: String) -> Bool {
        text.utf8.count <= 8_192 && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    }

    /// Why a header is not a configuration's to set; nil when it is.
    static func refusal(_ name: String) -> String? {
        switch name.lowercased() {
        case "host": "is what `host` sets"
        case "x-forwarded-proto": "is what `scheme` sets"
        case "content-length", "transfer-encoding", "expect", "content-encoding":
            "frames the body, which is the client's"
        case "connection", "keep-alive", "proxy-connection", "proxy-authorization", "proxy-authenticate", "te",
            "trailer", "upgrade", "http2-settings":
            "concerns the connection, not the request"
        case "content-type", "accept", "xkey-purge", "xkey-softpurge", "cachesync-mode", "x-host", "x-url",
            "x-content-type":
            "is the adapter's own"
        default: nil
        }
    }
}
