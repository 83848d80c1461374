import JSON

/// What `doctor` found out about one subject.
struct Finding {
    enum Verdict: String {
        case ok
        /// Nothing is wrong, but it is worth to know.
        case remark
        case fail
    }

    let verdict: Verdict
    let subject: String
    let message: String

    static func ok(_ subject: String, _ message: String) -> Finding {
        Finding(verdict: .ok, subject: subject, message: message)
    }

    static func remark(_ subject: String, _ message: String) -> Finding {
        Finding(verdict: .remark, subject: subject, message: message)
    }

    static func fail(_ subject: String, _ message: String) -> Finding {
        Finding(verdict: .fail, subject: subject, message: message)
    }

    var line: String {
        let mark =
            switch verdict {
            case .ok: "ok  "
            case .remark: "note"
            case .fail: "FAIL"
            }
        return "\(mark)  \(subject): \(message)"
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("check", subject)
        writer.member("ok", verdict != .fail)
        writer.member("verdict", verdict.rawValue)
        writer.member("message", message)
        writer.endObject()
    }
}
