import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

/// Tests of the log.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func log(_ format: LogFormat, level: LogLevel = .debug, at milliseconds: Int64 = 0) -> Log {
        Log(level: level, format: format, clock: { milliseconds }) { line in self.lines.withLock { $0.append(line) } }
    }
}

struct LogTests {
    private let lines = Lines()

    private func decoded(_ line: String) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
        return try #require(object as? [String: Any])
    }

    @Test func textLinesReadWell() {
        let log = lines.log(.text)
        log.info("started", ["port": 8080, "name": "a b", "empty": "", "ok": true, "part": 0.5, "url": "x/y"])
        log.error("broke\nhere", ["kafka.topic": "a\u{1B}[31m", "a b=": "\"q\"\\"])
        #expect(
            lines.all == [
                "1970-01-01T00:00:00.000Z info    started port=8080 name=\"a b\" empty=\"\" ok=true part=0.5 url=x/y",
                "1970-01-01T00:00:00.000Z error   broke\\nhere kafka.topic=a\\u001B[31m a_b_=\"\\\"q\\\"\\\\\"",
            ])
    }

    @Test func aLevelChangesForAllThatWasMadeOfTheLog() {
        let log = lines.log(.text, level: .info)
        let part = log.with(["part": 1])
        part.debug("not yet")
        log.changeLevel(to: .debug)
        part.debug("now")
        part.changeLevel(to: .error)
        log.warning("no more")
        #expect(lines.all.count == 1 && lines.all[0].contains("now") && log.level == .error)
    }

    @Test func jsonLinesAreJSON() throws {
        let hostile = "\u{0}\u{1}\"\\\n\r\t\u{7F}\u{85}\u{2028}\u{202E}é🧊"
        lines.log(.json).warning(hostile, [hostile: hostile, "count": 3, "rate": Double.nan, "ok": false])
        #expect(!lines.all[0].unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 || $0.value == 0x7F })
        let object = try decoded(lines.all[0])
        #expect(object["time"] as? String == "1970-01-01T00:00:00.000Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["message"] as? String == hostile)
        #expect(object[hostile] as? String == hostile)
        #expect(object["count"] as? Int == 3)
        #expect(object["rate"] as? String == "nan")
        #expect(object["ok"] as? Bool == false)
    }

    @Test(arguments: [LogFormat.text, .json])
    func linesAreBounded(_ format: LogFormat) throws {
        let log = lines.log(format)
        let long = String(repeating: "\u{1}é", count: 20_000)
        log.info(long, ["first": 1])
        log.info("many", LogFields((0..<1_000).map { ("key-\($0)", "value") }))
        log.info("large", ["a": long, "b": long, long: "c", "last": "kept"])
        for line in lines.all {
            #expect(line.utf8.count < 8_192)
            if format == .json { #expect(try decoded(line)["shortened"] as? Bool == true) }
        }
        #expect(lines.all[0].contains("first"))
        #expect(lines.all[1].contains("key-0"))
        #expect(!lines.all[1].contains("key-999"))
        #expect(lines.all[2].contains("last"))
    }

    @Test func levelsAndEnrichment() {
        var evaluated = false
        func costly() -> String {
            evaluated = true
            return "x"
        }
        let log = lines.log(.text, level: .info).with(["role": "worker", "kafka.topic": "a"])
        log.debug(costly(), ["value": costly()])
        #expect(!evaluated)
        #expect(lines.all.isEmpty)
        #expect(log.isEnabled(.error) && !log.isEnabled(.debug))
        log.with(["kafka.topic": "b"]).info("m", ["n": 1])
        #expect(lines.all == ["1970-01-01T00:00:00.000Z info    m role=worker kafka.topic=b n=1"])
    }

    @Test func timesAreThoseOfTheCalendar() {
        var random = SeededGenerator.printed("times")
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        var samples: [Int64] = [951_782_400_000, 1_709_164_800_999, 4_107_542_399_999, -1, 1_798_761_600_000]
        samples += (0..<500).map { _ in Int64.random(in: -2_000_000_000_000...7_000_000_000_000, using: &random) }
        for milliseconds in samples {
            lines.log(.text, at: milliseconds).info("x")
            let date = Date(timeIntervalSince1970: (Double(milliseconds) + 0.01) / 1_000)
            #expect(lines.all.last?.prefix(24) == formatter.string(from: date)[...])
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct LogDescriptorTests {
    /// Both ends of a pipe; closed at the end of a test.
    private final class TestPipe {
        let reader: Int32
        let writer: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw SystemError("pipe") }
            (reader, writer) = (ends[0], ends[1])
        }

        deinit {
            close(reader)
            close(writer)
        }

        /// What is there now, or nothing.
        func readSome() -> [UInt8] {
            var request = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 0) > 0 else { return [] }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            return Array(buffer[..<max(0, read(reader, &buffer, buffer.count))])
        }
    }

    @Test func threadsNeverMixTheirLines() throws {
        let pipe = try TestPipe()
        // It holds all lines: what finds no capacity is dropped, and this reader may be slow.
        let setCapacity: Int32 = 1_031  // F_SETPIPE_SZ of <fcntl.h>, which Swift does not see
        try #require(fcntl(pipe.writer, setCapacity, 1 << 20) >= 1 << 20)
        let log = Log(format: .json, descriptor: pipe.writer)
        for thread in 0..<4 {
            try NamedThread.startThread("log-\(thread)") {
                let pad = String(repeating: "x", count: 300)
                for line in 0..<200 { log.info("m", ["thread": thread, "line": line, "pad": pad]) }
            }
        }
        var bytes: [UInt8] = []
        try eventually("all lines are read") {
            bytes += pipe.readSome()
            return bytes.count { $0 == UInt8(ascii: "\n") } >= 800
        }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        #expect(lines.count == 800)
        for line in lines { #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line)) } }
    }

    /// Nobody reads, so lines find no capacity: they are dropped, quickly, and counted once there is capacity.
    @Test func neverWaitsLongForAReader() throws {
        let pipe = try TestPipe()
        let log = Log(format: .text, descriptor: pipe.writer)
        let begin = ContinuousClock.now
        let text = String(repeating: "x", count: 1_000)
        for _ in 0..<1_000 { log.info(text) }
        #expect(ContinuousClock.now - begin < .seconds(20))
        var bytes: [UInt8] = []
        for piece in sequence(state: (), next: { _ in pipe.readSome() }) {
            if piece.isEmpty { break }
            bytes += piece
        }
        let kept = bytes.count { $0 == UInt8(ascii: "\n") }
        #expect(kept > 0 && kept < 1_000)
        log.info("again")
        let remainder = String(decoding: pipe.readSome(), as: UTF8.self)
        #expect(remainder.contains("log lines were dropped: nobody read them log.dropped=\(1_000 - kept)\n"))
        #expect(remainder.hasSuffix("info    again\n"))
    }

    @Test func survivesAReaderThatHasGone() throws {
        ProcessSignals.ignoreBrokenPipes()
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        close(ends[0])
        defer { close(ends[1]) }
        let log = Log(descriptor: ends[1])
        for _ in 0..<10 { log.error("nobody hears") }
    }
}
