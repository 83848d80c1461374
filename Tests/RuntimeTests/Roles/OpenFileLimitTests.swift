import Glibc
import Runtime
import Synchronization
import Testing

/// Tests of the limit of open files.
@Suite(.serialized)
struct OpenFileLimitTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func limit() -> rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }

    private func raise(wanted: UInt64) -> (limit: UInt64, lines: [String]) {
        let lines = Lines()
        let limit = OpenFileLimit.raise(Log { [lines] line in lines.all.withLock { $0.append(line) } }, wanted: wanted)
        return (limit, lines.all.withLock { $0 })
    }

    @Test func theSoftLimitBecomesTheHardOne() {
        let before = limit()
        var low = before
        low.rlim_cur = min(512, before.rlim_max)
        #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low) == 0)
        let raised = raise(wanted: 1)
        #expect(raised.limit == UInt64(before.rlim_max))
        #expect(limit().rlim_cur == before.rlim_max)
        #expect(raised.lines.isEmpty)
    }

    @Test func aHardLimitThatDoesNotSufficeIsSaid() {
        let raised = raise(wanted: .max)
        #expect(raised.lines.contains { $0.contains("LimitNOFILE") && $0.contains("limit=\(raised.limit)") })
    }
}
