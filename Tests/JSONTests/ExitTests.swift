import Dispatch
import Foundation
import JSON
import Testing

/// Tests of parsers in a process that exits while threads go on.
struct ExitTests {
    @Test func aThreadMayBeginAParserWhileTheProcessExits() async {
        await #expect(processExitsWith: .success) {
            // Registered first, so it runs last: when the library's own objects are gone.
            atexit {
                let begun = DispatchSemaphore(value: 0)
                Thread.detachNewThread {
                    _ = JSONParser(bytesMax: 64)
                    begun.signal()
                }
                // It never gets its parser, and does no harm.
                if begun.wait(timeout: .now() + .milliseconds(300)) == .success { _exit(3) }
            }
            _ = JSONParser(bytesMax: 64)
            exit(0)
        }
    }
}
