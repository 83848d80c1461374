import Foundation
import Runtime

/// What the gateway's document says of one dead letter.
struct DeadLetterItem: Decodable {
    let deadLetter: String
    let time: String?
    let `class`: String
    let namespace: String?
    let edges: [String]
    let attempts: Int
    let redrives: Int
    let isQuarantined: Bool
    let error: String
    /// In base64; nil in a list.
    let value: String?

    /// - Throws: `CommandError` for what no gateway of ours writes.
    static func decode(_ document: [UInt8]) throws -> DeadLetterItem {
        do {
            return try JSONDecoder().decode(DeadLetterItem.self, from: Data(document))
        } catch {
            throw CommandError(.unavailable, "what answered is no gateway of this version: \(error)")
        }
    }
}
