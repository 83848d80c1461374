import Invalidations
import Testing

/// Relief policy: the whole table.
struct ReliefPolicyTests {
    struct Row: Sendable {
        var record: ReliefPolicy.Record
        var pressures: ReliefPolicy.Pressures
        var isNew = false
        var standsStill = true
        var decision: ReliefPolicy.Decision
    }

    @Test(arguments: [
        Row(record: .invalidation, pressures: [], decision: .stop),
        Row(record: .invalidation, pressures: .openRecords, decision: .stop),
        Row(record: .invalidation, pressures: .age, decision: .deferParts),
        Row(record: .invalidation, pressures: .span, decision: .deferParts),
        Row(record: .invalidation, pressures: .metadata, decision: .deferParts),
        Row(record: .invalidation, pressures: .span, isNew: true, decision: .keep),
        Row(record: .invalidation, pressures: .age, standsStill: false, decision: .keep),
        Row(record: .retry, pressures: .age, decision: .stop),
        Row(record: .retry, pressures: .span, isNew: true, standsStill: false, decision: .deferParts),
        Row(record: .retry, pressures: .metadata, decision: .deferParts),
        Row(record: .longestAtWork, pressures: .openRecords, decision: .deferParts),
        Row(record: .longestAtWork, pressures: .openRecords, isNew: true, decision: .stop),
        Row(record: .longestAtWork, pressures: .age, decision: .stop),
        Row(record: .delayed(waits: false), pressures: [], decision: .keep),
        Row(record: .delayed(waits: true), pressures: .span, decision: .deferParts),
        Row(record: .delayed(waits: true), pressures: .overdue, decision: .deferParts),
        Row(record: .delayed(waits: false), pressures: .backlogScan, decision: .deferParts),
        Row(record: .delayed(waits: true), pressures: .backlogScan, decision: .keep),
    ])
    func pressureLeadsToADecision(_ row: Row) {
        let decision = ReliefPolicy.decide(row.record, row.pressures, isNew: row.isNew) { row.standsStill }
        #expect(decision == row.decision)
    }

    @Test func whetherItStandsStillIsAskedOnlyWhereItMatters() {
        for (record, pressures, isNew) in [
            (.invalidation, [], false), (.invalidation, .age, true), (.retry, .span, false),
        ] as [(ReliefPolicy.Record, ReliefPolicy.Pressures, Bool)] {
            _ = ReliefPolicy.decide(record, pressures, isNew: isNew) {
                Issue.record("\(record) under \(pressures) was asked")
                return true
            }
        }
    }

    @Test func aDelayedPartIsDeferredForAReason() {
        #expect(ReliefPolicy.reason(isDue: false, isQueuedForCapacity: true) == .scan)
        #expect(ReliefPolicy.reason(isDue: true, isQueuedForCapacity: true) == .overflow)
        #expect(ReliefPolicy.reason(isDue: true, isQueuedForCapacity: false) == .order)
    }
}
