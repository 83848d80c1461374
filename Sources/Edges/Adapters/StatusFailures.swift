internal import Basics
internal import HTTP
internal import Invalidations

/// Failures by status code, where an adapter has no rule of its own.
enum StatusFailures {
    static func outcome(of response: HTTPClientResponse, hint: String? = nil) -> CallOutcome {
        let status = response.status
        let message = hint.map { "\(text(of: response)) (\($0))" } ?? text(of: response)
        switch status {
        case 300..<400:
            let target = response.location.map { " to \(AnswerText.excerpt($0.utf8, bytesMax: 120))" } ?? ""
            return .target(
                "\(message): redirects\(target) are not followed; set the address to where it leads", status: status)
        case 401, 403, 407:
            return .target("\(message): check the edge's credentials and its list of who may purge", status: status)
        case 429:
            return .failed(
                PurgeFailure(.throttled, message, status: status, retryAfter: response.retryAfter), .edge)
        case 503 where response.retryAfter != nil:
            return .failed(
                PurgeFailure(.throttled, message, status: status, retryAfter: response.retryAfter), .edge)
        case 408, 425, 500...:
            return .failed(
                PurgeFailure(.transient, message, status: status, retryAfter: response.retryAfter), .call)
        case 404, 405:
            return .target("\(message): is the address right?", status: status)
        case 413, 414, 431:
            return .item("\(message): more than the edge takes in one call; make its batches smaller", status: status)
        default:
            return .item(message, status: status)
        }
    }

    /// The status line, and what the body says if it is a short text.
    static func text(of response: HTTPClientResponse) -> String {
        let reason = AnswerText.excerpt(response.reason.utf8, bytesMax: 100)
        let line = reason.isEmpty ? "\(response.status)" : "\(response.status) \(reason)"
        guard response.contentType.map(isText) ?? true else { return line }
        let body = AnswerText.excerpt(response.body, bytesMax: 160)
        return body.isEmpty || body == reason ? line : "\(line): \(body)"
    }

    /// Pages for people say little in 160 bytes; JSON and plain text do.
    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/plain") || type.contains("json")
    }
}

/// Texts of an edge, made fit for messages.
enum AnswerText {
    /// At most so many bytes, on one line, printable ASCII; whatever is not becomes a space or `?`.
    static func excerpt(_ bytes: some Sequence<UInt8>, bytesMax: Int) -> String {
        var kept: [UInt8] = []
        for byte in bytes {
            guard kept.count < bytesMax else {
                kept.append(contentsOf: "…".utf8)
                break
            }
            let isBlank = byte <= 0x20 || byte == 0x7F
            if isBlank, kept.last ?? 0x20 == 0x20 { continue }
            kept.append(isBlank ? 0x20 : byte < 0x7F ? byte : UInt8(ascii: "?"))
        }
        if kept.last == 0x20 { kept.removeLast() }
        return String(decoding: kept, as: UTF8.self)
    }

    /// Whether the text stands somewhere in the bytes, in whatever case; the text itself is lower case.
    static func holds(_ text: [UInt8], in bytes: [UInt8]) -> Bool {
        guard bytes.count >= text.count else { return false }
        for start in 0...(bytes.count - text.count) where bytes[start].asciiLowercased == text[0] {
            if text.indices.allSatisfy({ bytes[start + $0].asciiLowercased == text[$0] }) { return true }
        }
        return false
    }
}
