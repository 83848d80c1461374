internal import Caches
internal import JSON

/// An order to change a rollout: `{"order": "canary", "percent": 5}`.
struct RolloutOrderBody: Sendable {
    private static let orders = ["shadow", "canary", "writes", "cutover", "back"]
    /// Ten years.
    private static let secondsMax = 315_360_000.0

    let order: RolloutOrder
    /// Nil to keep those in force.
    let guards: RolloutGuards?
    let reason: String?
    /// Who gives it, as the client says; the credential's name is recorded in any case.
    let who: String?

    init(_ object: JSONValue) throws(CallRefusal) {
        guard object.kind == .object, let name = object["order"]?.string, Self.orders.contains(name) else {
            throw CallRefusal(400, "The body must be an object whose order is shadow, canary, writes, cutover or back")
        }
        switch name {
        case "shadow": order = .shadow(try Self.share(object, name))
        case "canary": order = .canary(try Self.share(object, name))
        case "writes": order = .writes(try Self.share(object, name))
        case "cutover": order = .cutover(over: try Self.over(object))
        default: order = .back
        }
        guards = try RolloutGuardsForm.read(object["guards"])
        reason = try Self.text("reason", object)
        who = try Self.text("who", object)
    }

    private static func share(_ object: JSONValue, _ name: String) throws(CallRefusal) -> RolloutShare {
        guard let share = object["percent"]?.double.flatMap({ RolloutShare(percent: $0) }) else {
            throw CallRefusal(400, "\(name) needs percent, a number from 0 to 100")
        }
        return share
    }

    private static func over(_ object: JSONValue) throws(CallRefusal) -> Duration? {
        guard let value = object["overSeconds"], !value.isNull else { return nil }
        guard let seconds = value.double, (0...secondsMax).contains(seconds) else {
            throw CallRefusal(400, "overSeconds must be a number from 0 to \(Int(secondsMax))")
        }
        return RolloutRecordForm.duration(ofSeconds: seconds)
    }

    private static func text(_ name: StaticString, _ object: JSONValue) throws(CallRefusal) -> String? {
        guard let value = object[name], !value.isNull else { return nil }
        guard let text = value.string, text.utf8.count <= RolloutRecordForm.textBytesMax / 2 else {
            throw CallRefusal(400, "\(name) must be a string of at most \(RolloutRecordForm.textBytesMax / 2) bytes")
        }
        return text
    }
}
