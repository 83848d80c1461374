import Foundation
import Runtime
import TestSupport
import Testing

/// Tests of the progress line.
struct ProgressLineTests {
    private func output(
        _ style: ProgressLine.Style?, _ body: (inout ProgressLine, ContinuousClock.Instant) -> Void
    ) throws -> String {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        defer { close(ends[0]) }
        var line = ProgressLine(descriptor: ends[1], style: style)
        body(&line, .now)
        close(ends[1])
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = read(ends[0], &buffer, buffer.count)
        return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
    }

    @Test func rewritesItsLineOnATerminal() throws {
        let text = try output(.live) { line, now in
            line.update("1 of 3", now: now)
            line.update("2 of 3", now: now + .milliseconds(50))
            line.update("3 of 3", now: now + .milliseconds(150))
            line.update("3 of 3", now: now + .milliseconds(300))
            line.finish("done\n\u{1B}[2J")
        }
        #expect(text == "\r1 of 3\u{1B}[K\r3 of 3\u{1B}[K\rdone  [2J\u{1B}[K\n")
    }

    @Test func neverWraps() throws {
        let text = try output(.live) { line, now in
            line.update(String(repeating: "x", count: 10_000), now: now)
            line.clear()
        }
        #expect(text.count < 1_000)
        #expect(text.hasSuffix("…\u{1B}[K\r\u{1B}[K"))
    }

    @Test func writesPlainLinesElsewhere() throws {
        let text = try output(nil) { line, now in
            line.update("1 of 3", now: now)
            line.update("2 of 3", now: now + .seconds(1))
            line.update("3 of 3", now: now + .seconds(6))
            line.finish("done")
        }
        #expect(text == "1 of 3\n3 of 3\ndone\n")
    }

    @Test func aPipeIsNoTerminal() throws {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        #expect(!Terminal.isTerminal(ends[0]))
        #expect(Terminal.width(ends[0]) > 0)
        #expect((80...100).contains(Terminal.helpWidth))
    }
}
