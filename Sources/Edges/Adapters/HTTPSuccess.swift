internal import HTTP
internal import Invalidations
internal import JSON
internal import Runtime

/// Which answers of a plain purge endpoint mean that it has purged.
///
/// Any 2xx does but 207, which says that a part failed; not a page for people, which a login or an error makes; and
/// not JSON whose `success` or `ok` is false. What an endpoint says otherwise is a setting.
public struct HTTPSuccess: Hashable, Sendable {
    /// Empty for any 2xx but 207.
    public var statuses: [Int] = []
    /// The media type that the answer must have; nil for JSON, plain text, or none.
    public var type: String?
    /// A member of the JSON object in the answer, and the text it must have.
    public var field: String?
    public var value = "true"
    /// What must stand somewhere in the body, in whatever case.
    public var text: String?

    public init() {}

    private static let fieldsOfSuccess = ["success", "ok"]
    private static let fieldsOfCount = ["purged", "objects"]
    private static let bodyBytesMax = 64 << 10

    /// - Returns: nil for a status that no success has.
    func outcome(of response: HTTPClientResponse, to call: EdgeCall) -> CallOutcome? {
        let isGood =
            statuses.isEmpty
            ? (200..<300).contains(response.status) && response.status != 207 : statuses.contains(response.status)
        guard isGood else {
            guard (200..<300).contains(response.status) else { return nil }
            return failure("no status that means success here", response, call)
        }
        let media = Self.mediaType(response)
        if let type {
            guard media == type.lowercased() else { return unclear("not of type \(type)", response, call) }
        } else if !Self.isPlain(media, response.body) {
            return unclear("a page for people is no purge endpoint's; set success.type if it is", response, call)
        }
        if let text, !AnswerText.holds(Array(text.lowercased().utf8), in: response.body) {
            return failure("success.text \"\(text)\" is not in the answer", response, call)
        }
        let members = Self.members(response, field: field)
        if let field {
            guard members[field] == value else {
                return failure("success.field \(field) is not \(value)", response, call)
            }
        } else if let name = Self.fieldsOfSuccess.first(where: { members[$0] == "false" }) {
            return failure("the endpoint says \"\(name)\": false", response, call)
        }
        return .acknowledged(objects: Self.fieldsOfCount.lazy.compactMap { members[$0].flatMap { Int($0) } }.first)
    }

    /// The endpoint works, and says no.
    private func failure(_ problem: String, _ response: HTTPClientResponse, _ call: EdgeCall) -> CallOutcome {
        let message = "\(StatusFailures.text(of: response)): \(problem)"
        guard call.kinds.isDisjoint(with: [.prefixes, .everything]) else {
            return UnclearAnswers.outcome(message, status: response.status, to: call)
        }
        return .failed(PurgeFailure(.transient, message, status: response.status), .call)
    }

    /// Somebody else answers.
    private func unclear(_ problem: String, _ response: HTTPClientResponse, _ call: EdgeCall) -> CallOutcome {
        UnclearAnswers.outcome(
            "\(StatusFailures.text(of: response)): \(response.contentType ?? "no type"), \(problem)",
            status: response.status, to: call)
    }

    private static func mediaType(_ response: HTTPClientResponse) -> String? {
        response.contentType?.prefix { $0 != ";" && $0 != " " }.lowercased()
    }

    /// Frameworks call a bare "ok" a page, too.
    private static func isPlain(_ media: String?, _ body: [UInt8]) -> Bool {
        guard !body.isEmpty else { return true }
        switch media {
        case "text/plain", "application/json": return true
        case nil, "text/html": return !body.contains(UInt8(ascii: "<"))
        case let media?: return media.hasSuffix("+json")
        }
    }

    /// The plain members of the answer's JSON object, as texts: those that count, and the one that is asked for.
    private static func members(_ response: HTTPClientResponse, field: String?) -> [String: String] {
        guard response.body.first(where: { $0 > 0x20 }) == UInt8(ascii: "{") else { return [:] }
        let wanted = fieldsOfSuccess + fieldsOfCount + [field].compactMap(\.self)
        var members: [String: String] = [:]
        let parser = JSONParser(bytesMax: bodyBytesMax)
        try? parser.parse(response.body) { object in
            guard object.kind == .object else { return }
            object.forEachMember { key, value in
                let name = key.string
                guard wanted.contains(name) else { return }
                members[name] = value.string ?? value.bool.map(String.init) ?? value.int64.map(String.init)
            }
        }
        return members
    }
}

extension HTTPSuccess {
    /// `success: {status: [200, 204], type: application/json, field: done, value: "yes", text: purged}`.
    static func read(_ section: ConfigurationSection) throws(ConfigurationError) -> HTTPSuccess {
        var success = HTTPSuccess()
        guard let inner = try section.section("success") else { return success }
        try inner.allow(["status", "type", "field", "value", "text"])
        if let value = try inner.optional("status") {
            for text in value.list() {
                guard let status = Int(text), (200..<300).contains(status) else {
                    throw value.invalid("a list of statuses from 200 to 299")
                }
                success.statuses.append(status)
            }
        }
        success.type = try inner.optional("type")?.text
        success.field = try inner.optional("field")?.text
        success.text = try inner.optional("text")?.text
        if let text = success.text, text.isEmpty {
            throw inner.invalid("looks for an empty text", hint: "leave text out, or say what the answer holds")
        }
        if let value = try inner.optional("value") {
            guard success.field != nil else {
                throw value.invalid("of any use without a field", hint: "set field, the member that must have it")
            }
            success.value = value.text
        }
        return success
    }
}
