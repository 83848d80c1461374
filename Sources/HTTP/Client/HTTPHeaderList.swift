import Basics
import CCurl

/// Request header fields in the form curl sends them from. Built once and shared by any number of requests,
/// so that a request costs no list of its own.
// Unchecked because of the C list: nobody writes to it between init and deinit.
public final class HTTPHeaderList: @unchecked Sendable {
    public let fields: [(name: String, value: String)]
    /// The same as a pipelined request sends them.
    let lines: [UInt8]
    /// Fields that a client sets itself where they are not here.
    let own: OwnFields
    /// All lines; a request with a body sends from here on.
    let list: UnsafeMutablePointer<curl_slist>?
    /// The same list behind the lines that concern a body; a request without one sends from here on.
    let listWithoutBody: UnsafeMutablePointer<curl_slist>?

    static let none: HTTPHeaderList = {
        do {
            return try HTTPHeaderList([])
        } catch {
            preconditionFailure("an empty list breaks no rule: \(error)")
        }
    }()

    /// - Throws: `HTTPHeaderError` for a name that is not a token, for a value with control characters (a line
    ///   break would forge further fields), and for the fields that frame the body, which are the client's own.
    public init(_ fields: [(name: String, value: String)]) throws(HTTPHeaderError) {
        for (name, value) in fields { try Self.check(name, value) }
        // Without these, curl would wait for a "100 Continue" and call every body a form.
        var lines = ["Expect:"]
        if !fields.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        let bodyLines = lines.count
        // curl's own notation: a semicolon sends a field without a value, a colon would drop it.
        lines += fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }

        var list: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw HTTPHeaderError(description: "no memory for request header fields")
            }
            list = longer
        }
        listWithoutBody = (0..<bodyLines).reduce(list) { node, _ in node?.pointee.next }
        self.fields = fields
        self.lines = Array(fields.map { "\($0.name):\($0.value.isEmpty ? "" : " ")\($0.value)\r\n" }.joined().utf8)
        self.own = OwnFields(fields)
        self.list = list
    }

    deinit { curl_slist_free_all(list) }

    private static func check(_ name: String, _ value: String) throws(HTTPHeaderError) {
        guard HeaderToken.isToken(name) else {
            throw HTTPHeaderError(description: "not a header field name: \(name.prefix(64).debugDescription)")
        }
        guard value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }) else {
            throw HTTPHeaderError(description: "control characters in the value of header field \(name)")
        }
        guard !["content-length", "transfer-encoding", "expect"].contains(name.lowercased()) else {
            throw HTTPHeaderError(description: "header field \(name) is set by the client itself")
        }
    }
}

/// Which of the fields that a client would set itself a list has.
struct OwnFields: OptionSet {
    let rawValue: UInt8

    static let host = OwnFields(rawValue: 1)
    static let userAgent = OwnFields(rawValue: 2)
    static let accept = OwnFields(rawValue: 4)

    init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    init(_ fields: [(name: String, value: String)]) {
        self = fields.reduce(into: []) { own, field in
            switch field.name.lowercased() {
            case "host": own.insert(.host)
            case "user-agent": own.insert(.userAgent)
            case "accept": own.insert(.accept)
            default: break
            }
        }
    }
}

/// A header field that can't be sent; the description says which and why, without the value.
public struct HTTPHeaderError: Error, CustomStringConvertible, Sendable {
    public let description: String
}
