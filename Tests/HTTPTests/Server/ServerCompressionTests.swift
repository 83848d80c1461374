import Foundation
import HTTP
import TestSupport
import Testing

/// Tests of compressed answers: what is compressed, for whom, and how.
@Suite(.timeLimit(.minutes(1)))
struct ServerCompressionTests {
    @Test(
        arguments: [
            (["gzip"], ContentCoding.gzip), (["zstd"], .zstd), (["gzip, zstd"], .zstd), (["gzip", "zstd"], .zstd),
            (["gzip;q=1, zstd;q=0.5"], .gzip), (["zstd;q=0, gzip"], .gzip), (["*"], .zstd), (["*;q=0.1"], .zstd),
            (["*, zstd;q=0"], .gzip), (["X-GZIP"], .gzip), (["br, gzip ; q=0.001"], .gzip), (["GZip;Q=0.8"], .gzip),
            (["identity;q=0.5, gzip;q=0.5"], .gzip), (["identity;q=0, gzip"], .gzip), (["\tgzip\t"], .gzip),
            ([], nil), ([""], nil), (["br"], nil), (["identity"], nil), (["gzip;q=0"], nil), (["*;q=0"], nil),
            (["identity, gzip;q=0.9"], nil), (["gzip;q=2"], nil), (["gzip;q=1.001"], nil), (["gzip;q=0.0001"], nil),
            (["gzip;q="], nil), (["gzip;q=-1"], nil), (["gzip;level=1"], nil), (["gzip;q=0.5;x=1"], nil),
            (["g zip"], nil),
            ([String(repeating: "a,", count: 100_000) + "gzip"], nil), ([";;;,,,;q=1"], nil),
        ] as [([String], ContentCoding?)])
    func codingsAreChosenByTheirWeights(_ fields: [String], _ coding: ContentCoding?) {
        #expect(ContentCoding.chosen(by: fields) == coding, "\(fields.map { $0.prefix(60) })")
    }

    private static let text = String(repeating: "{\"status\":\"completed\",\"edge\":\"varnish\"},", count: 100)

    private static func server(_ make: @escaping @Sendable (HTTPRequest) -> HTTPResponse) throws -> HTTPServer {
        try HTTPServer(.with { $0.compressedBytesMin = 1_024 }) { request, responder in
            responder.respond(make(request))
        }
    }

    /// As curl gets it, with the codings that it is told to ask for.
    private static func get(_ port: Int, _ accept: String?, _ more: [String] = []) throws -> (head: String, body: Data)
    {
        let directory = try TemporaryDirectory("compression")
        let body = directory.file("body")
        let result = try runCommand(
            ["curl", "-s", "-D", "-", "-o", body, "http://127.0.0.1:\(port)/"] + more
                + (accept.map { ["-H", "Accept-Encoding: \($0)"] } ?? []))
        #expect(result.exitCode == 0)
        return (result.output, (try? Data(contentsOf: URL(filePath: body))) ?? Data())
    }

    @Test func answersAreSmallerAndTheSame() throws {
        let server = try Self.server { _ in .json(200, Array(Self.text.utf8)).with("ETag", "\"a\"") }
        for coding in ["gzip", "zstd"] {
            let answer = try Self.get(server.port, coding)
            #expect(answer.head.contains("Content-Encoding: \(coding)\r\n"))
            #expect(answer.head.contains("Vary: Accept-Encoding\r\n") && answer.head.contains("ETag: W/\"a\"\r\n"))
            #expect(answer.body.count < Self.text.utf8.count / 10)
            #expect(answer.head.contains("Content-Length: \(answer.body.count)\r\n"))
            let directory = try TemporaryDirectory("compression")
            let packed = directory.file("packed")
            try answer.body.write(to: URL(filePath: packed))
            let code = "import sys,zlib; sys.stdout.write(zlib.decompress(open(sys.argv[1],'rb').read(),31).decode())"
            let command = coding == "gzip" ? ["python3", "-c", code, packed] : ["zstd", "-dc", packed]
            guard coding == "gzip" || (try? runCommand(["which", "zstd"]))?.exitCode == 0 else { continue }
            #expect(try runCommand(command).output == Self.text)
        }
        let plain = try Self.get(server.port, nil)
        #expect(plain.head.contains("Vary: Accept-Encoding\r\n") && plain.head.contains("ETag: \"a\"\r\n"))
        #expect(!plain.head.contains("Content-Encoding") && plain.body == Data(Self.text.utf8))
        let head = try Self.get(server.port, "gzip", ["-I"])
        #expect(head.head.contains("Content-Encoding: gzip\r\n"))
    }

    @Test func whatWouldNotGainIsLeftAsItIs() throws {
        var random = SeededGenerator.printed("bytes that no coding makes smaller")
        let noise = (0..<4_096).map { _ in UInt8.random(in: 0...255, using: &random) }
        let server = try Self.server { request in
            switch request.headers.first("Case") {
            case "small": .json(200, Array(Self.text.utf8.prefix(1_023)))
            case "noise": HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")], body: noise)
            case "image":
                HTTPResponse(status: 200, headers: [("Content-Type", "image/png")], body: Array(Self.text.utf8))
            case "coded": .json(200, Array(Self.text.utf8)).with("Content-Encoding", "br")
            case "problem": .problem(400, Self.text)
            default: .empty(204)
            }
        }
        for name in ["small", "noise", "image", "none"] {
            let answer = try Self.get(server.port, "gzip, zstd", ["-H", "Case: \(name)"])
            #expect(!answer.head.contains("Content-Encoding"), "\(name)")
        }
        let coded = try Self.get(server.port, "gzip", ["-H", "Case: coded"])
        #expect(coded.head.contains("Content-Encoding: br") && coded.body.count == Self.text.utf8.count)
        let problem = try Self.get(server.port, "gzip", ["-H", "Case: problem"])
        #expect(problem.head.contains("Content-Encoding: gzip"))
    }

    @Test func streamsAreNeverCompressed() throws {
        let server = try HTTPServer(.with { $0.compressedBytesMin = 1 }) { _, responder in
            let stream = responder.stream(headers: ServerSentEvent.headers)
            stream?.send(Array(Self.text.utf8))
        }
        let answer = try Self.get(server.port, "gzip, zstd")
        #expect(!answer.head.contains("Content-Encoding") && answer.body == Data(Self.text.utf8))
    }
}
