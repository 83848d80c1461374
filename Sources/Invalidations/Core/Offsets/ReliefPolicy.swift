/// Relief policy: whether a record that holds up its partition, or the worker, is deferred.
///
/// | record | pressure | deferred |
/// |---|---|---|
/// | of an invalidation topic | age, span or metadata | when it stands still, and not in its first second |
/// | of a retry topic, in work | span or metadata | always |
/// | in work the longest | open records | not in its first second |
/// | delayed | span | always |
/// | delayed | overdue | always |
/// | delayed | backlog scan | unless it waits for capacity or for an inner cache |
///
/// A deferred request loses its position in the order. So the first row holds only while another edge could do more.
package struct ReliefPolicy {
    package struct Pressures: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) {
            self.rawValue = rawValue
        }

        /// The record has been in work for longer than a partition may be held up.
        package static let age = Pressures(rawValue: 1)
        /// The offsets from the record, or from the watermark, to the last one read are nearly used up.
        package static let span = Pressures(rawValue: 2)
        /// The completed offsets do not fit into a commit.
        package static let metadata = Pressures(rawValue: 4)
        /// The open records of the worker are nearly used up.
        package static let openRecords = Pressures(rawValue: 8)
        /// The time of a delayed record has come, and it cannot run.
        package static let overdue = Pressures(rawValue: 16)
        /// The backlog of an edge is searched for, behind the delayed record.
        package static let backlogScan = Pressures(rawValue: 32)
    }

    package enum Record: Sendable {
        case invalidation
        case retry
        case longestAtWork
        case delayed(waits: Bool)
    }

    package enum Decision: Equatable, Sendable {
        case deferParts
        case keep
        /// Neither this record nor any behind it holds up enough.
        case stop
    }

    /// - Parameters:
    ///   - isNew: the record has been in work for less than a second: it may end by itself.
    ///   - standsStill: asked only where it matters.
    package static func decide(
        _ record: Record, _ pressures: Pressures, isNew: Bool = false, standsStill: () -> Bool = { true }
    ) -> Decision {
        switch record {
        case .invalidation:
            guard !pressures.isDisjoint(with: [.age, .span, .metadata]) else { return .stop }
            return !isNew && standsStill() ? .deferParts : .keep
        case .retry: return pressures.isDisjoint(with: [.span, .metadata]) ? .stop : .deferParts
        case .longestAtWork: return pressures.contains(.openRecords) && !isNew ? .deferParts : .stop
        case .delayed(let waits):
            if !pressures.isDisjoint(with: [.span, .overdue]) { return .deferParts }
            return pressures.contains(.backlogScan) && !waits ? .deferParts : .keep
        }
    }

    /// Why a part of a delayed record is deferred again.
    package static func reason(isDue: Bool, isQueuedForCapacity: Bool) -> DeferReason {
        guard isDue else { return .scan }
        // A part that is due, and not in the queue for capacity, waits for others of its request or namespace.
        return isQueuedForCapacity ? .overflow : .order
    }
}
