import Invalidations
import Replays
import Testing

/// Reasons of runs that found another number, and names of dead letters.
struct RunCountTests {
    static let reasons: [(String?, RunState.Phase, Int64?)] = [
        ("12 records match, not 7: look again", .failed, 12), ("0 records match", .failed, 0),
        ("many records match", .failed, nil), (" records match", .failed, nil), ("12 records match", .paused, nil),
        ("99999999999999999999 records match", .failed, nil), ("the broker is away", .failed, nil), (nil, .failed, nil),
    ]

    @Test(arguments: reasons)
    func theNumberOfAReasonIsRead(_ reason: String?, _ phase: RunState.Phase, _ found: Int64?) {
        let state = RunState(epoch: 1, phase: phase, position: [:], reason: reason, at: Timestamp(milliseconds: 0))
        #expect(state.countFound == found)
    }

    @Test(arguments: [
        "", "/", "1", "1/", "/1", "-1/0", "0/-1", "1/2/3", "01/2", "1/+2", "1/ 2", "2147483648/0",
        "0/9223372036854775807",
    ])
    func whatIsNoNameOfADeadLetterIsRefused(_ text: String) {
        #expect(DeadLetterName(text) == nil)
    }

    @Test func aNameIsPartitionAndOffset() {
        #expect(DeadLetterName("2147483647/9223372036854775806") == DeadLetterName(partition: .max, offset: .max - 1))
        #expect(DeadLetterName("0/0") == DeadLetterName(partition: 0, offset: 0))
    }
}
