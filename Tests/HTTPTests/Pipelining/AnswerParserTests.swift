import HTTP
import TestSupport
import Testing

/// How answers of a pipeline are read, and which end it.
struct AnswerParserTests {
    private static let mixed = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a\r\n\r\nhello",
        "HTTP/1.1 404 Not in cache\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 \r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "3;x=\"y\"\r\nabc\r\n0a\r\n0123456789\r\n0\r\nX-T: 1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
        "HTTP/1.1 200\r\nContent-Length: 2\r\nConnection: keep-alive, x\r\n\r\n\r\n",
    ]
    private static let expected = [
        "200 OK [Content-Length=5;Server=a] hello", "404 Not in cache [Content-Length=0] ",
        "200  [Transfer-Encoding=Chunked] abc0123456789", "204 No Content [] ",
        "304 Not Modified [Content-Length=99] ", "200  [Content-Length=2;Connection=keep-alive, x] \r\n",
    ]

    @Test func answersFollowEachOther() {
        let run = ParserRun(Self.mixed.joined())
        #expect(run.answers == Self.expected && run.fault == nil && !run.isIncomplete)
    }

    /// Wherever the network cuts, the answers are the same.
    @Test func cutsChangeNothing() {
        let bytes = Array(Self.mixed.joined().utf8)
        let whole = ParserRun(bytes)
        for cut in 1..<bytes.count { #expect(ParserRun(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
        #expect(ParserRun(bytes, cuts: Array(1..<bytes.count)) == whole)
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let cuts = (0..<Int.random(in: 1...20, using: &random)).map { _ in
                Int.random(in: 1..<bytes.count, using: &random)
            }
            #expect(ParserRun(bytes, cuts: Set(cuts).sorted()) == whole, "seed \(seed)")
        }
    }

    /// Every beginning of an answer is incomplete: none is complete too early, and none is a fault.
    @Test func beginningsAreIncomplete() {
        for answer in Self.mixed {
            let bytes = Array(answer.utf8)
            for count in 1..<bytes.count {
                let run = ParserRun(Array(bytes[..<count]))
                #expect(run.answers.isEmpty && run.fault == nil && run.isIncomplete, "\(count) of \(answer)")
            }
        }
    }

    @Test func answersToHeadHaveNoBody() {
        let run = ParserRun("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + Self.mixed[0], heads: [0])
        #expect(run.answers == ["200 OK [Content-Length=5] ", Self.expected[0]])
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nconnection: x , CLOSE\r\nContent-Length: 0\r\n\r\n", true),
        ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", true),
        ("HTTP/1.1 200 OK\r\nConnection: closed\r\nContent-Length: 0\r\n\r\n", false),
    ])
    func closingIsSeen(_ text: String, _ closes: Bool) {
        let run = ParserRun(text)
        #expect(run.answers.count == 1 && run.answers[0].hasSuffix(" closes") == closes)
    }

    @Test(arguments: [
        ("HTTP/2 200 OK\r\n", AnswerFault.notHTTP), ("hello\r\n", .notHTTP), ("\r\n", .notHTTP),
        ("HTTP/1.1 20 OK\r\n", .notHTTP), ("HTTP/1.1 2000 OK\r\n", .notHTTP), ("HTTP/1.1  200 OK\r\n", .notHTTP),
        ("HTTP/1.1 099 OK\r\n", .notHTTP), ("HTTP/1.2 200 OK\r\n", .notHTTP),
        ("HTTP/1.1 100 Continue\r\n\r\n", .interim), ("HTTP/1.1 101 Switching\r\n\r\n", .interim),
        ("HTTP/1.1 200 OK\n", .malformedHeader), ("HTTP/1.1 200 OK\r\nA: b\n", .malformedHeader),
        ("HTTP/1.1 200 O\rK\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\nA: \0\r\n", .malformedHeader),
        ("HTTP/1.1 200 OK\r\nA : b\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\n b\r\n", .malformedHeader),
        ("HTTP/1.1 200 OK\r\nno colon\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\n: b\r\n", .malformedHeader),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nContent-Length: \r\n", .framing),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .framing),
        ("HTTP/1.1 204 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", .framing),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", .framing),
        ("HTTP/1.1 200 OK\r\n\r\n", .unframed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n", .bodyTooLarge),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", .bodyTooLarge),
    ])
    func whatOthersCanNotFollowIsAFault(_ text: String, _ fault: AnswerFault) {
        let run = ParserRun(text)
        #expect(run.fault == fault && run.answers.isEmpty, "\(text.debugDescription): \(run)")
    }

    @Test func headersAreBounded() {
        let status = "HTTP/1.1 200 OK\r\n"
        let longLine = status + "A: " + String(repeating: "x", count: AnswerParser.lineBytesMax)
        #expect(ParserRun(longLine).fault == .headerTooLong)
        #expect(ParserRun(longLine + "\r\n").fault == .headerTooLong)
        #expect(ParserRun(String(repeating: "x", count: AnswerParser.lineBytesMax + 1)).fault == .headerTooLong)
        let manyFields = status + String(repeating: "A: b\r\n", count: AnswerParser.fieldsMax)
        #expect(ParserRun(manyFields).fault == .headerTooLong)
        let field = "A: " + String(repeating: "x", count: AnswerParser.headerBytesMax / 8) + "\r\n"
        #expect(ParserRun(status + String(repeating: field, count: 8)).fault == .headerTooLong)
        let trailers = String(repeating: "A: b\r\n", count: AnswerParser.fieldsMax)
        #expect(ParserRun(status + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + trailers).fault == .headerTooLong)
    }

    /// Many small chunks do not get past the bound that a body has.
    @Test func chunksAddUpToTheBound() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(ParserRun(head + String(repeating: "1\r\nx\r\n", count: 9) + "0\r\n\r\n", bodyBytesMax: 9).fault == nil)
        #expect(ParserRun(head + String(repeating: "1\r\nx\r\n", count: 10), bodyBytesMax: 9).fault == .bodyTooLarge)
    }
}
