internal import Foundation
internal import Invalidations

/// Record of the control topic: an order or a state, by the run's id.
public enum ControlRecord: Hashable, Sendable {
    case order(String, RunOrder)
    case state(String, RunState)

    /// Longer ones are nobody's of ours.
    private static let bytesMax = 4 << 20

    public var key: String {
        switch self {
        case .order(let id, _): "run/\(id)/order"
        case .state(let id, _): "run/\(id)/state"
        }
    }

    public func value() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        switch self {
        case .order(_, let order): return Array(try encoder.encode(order))
        case .state(_, let state): return Array(try encoder.encode(state))
        }
    }

    /// - Throws: `RunError.invalid` for a record that no gateway, command or runner writes.
    public init(key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?) throws(RunError) {
        guard let text = key.flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw .invalid("a control record needs a key of text")
        }
        let words = text.split(separator: "/", omittingEmptySubsequences: false)
        guard words.count == 3, words[0] == "run", Replay.isRun(String(words[1])) else {
            throw .invalid("\(text.prefix(80)) is no key of a control record")
        }
        guard let value, value.count <= Self.bytesMax else {
            throw .invalid("the control record \(text) has no value, or one of over \(Self.bytesMax) bytes")
        }
        do {
            let id = String(words[1])
            switch words[2] {
            case "order": self = .order(id, try JSONDecoder().decode(RunOrder.self, from: Data(value)))
            case "state": self = .state(id, try JSONDecoder().decode(RunState.self, from: Data(value)))
            default: throw RunError.invalid("\(text) is no key of a control record")
            }
            switch self {
            case .order(_, let order): try order.validate()
            case .state(_, let state): try state.validate()
            }
        } catch let error as RunError {
            throw error
        } catch {
            throw .invalid("the control record \(text) cannot be read: \(error)")
        }
    }
}
