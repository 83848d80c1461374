import Replays

/// Body of an order to the gateway, as options give it.
struct RunRequest: Encodable {
    var from: String?
    var until: String?
    var namespaces: [String]?
    var tags: [String]?
    var urls: [String]?
    var sources: [String]?
    var priorities: [String]?
    var selectorKinds: [String]?
    var edges: [String]?
    var classes: [String]?
    var deadLetters: [String]?
    var only: String?
    var contentFrom: String?
    var coalesce: Bool?
    var skipSuperseded: Bool?
    var releaseQuarantine: Bool?
    var rate: Double?
    var window: Int?
    var max: Int?
    var reason: String?
}
