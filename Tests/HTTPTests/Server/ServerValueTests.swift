import HTTP
import TestSupport
import Testing

/// Tests of values of the HTTP server.
struct ServerValueTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%20b", "a b"), ("%C3%BC", "ü"), ("a+b", "a+b"), ("%2f%2F", "//"), ("", ""),
    ])
    func decoding(encoded: String, text: String) {
        #expect(PercentEncoding.decode(encoded.utf8) == text)
    }

    @Test(arguments: ["%", "%4", "%g0", "a%0", "%00", "\0", "%ff", "%c3", "%ed%a0%80"])
    func undecodable(encoded: String) {
        #expect(PercentEncoding.decode(encoded.utf8) == nil)
    }

    @Test(arguments: [UInt64(1), 7, 42])
    func everyTextSurvivesEncoding(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let scalars = (0..<Int(random.next() % 20)).compactMap { _ in
                Unicode.Scalar(UInt32(random.next() % 0x10_ffff + 1))
            }
            var text = ""
            text.unicodeScalars.append(contentsOf: scalars)
            let encoded = PercentEncoding.encode(text)
            #expect(PercentEncoding.decode(encoded.utf8) == text, "seed \(seed)")
            #expect(PercentEncoding.decode(encoded.utf8, plusIsSpace: true) == text, "seed \(seed)")
        }
    }

    @Test func problemDocument() {
        let problem = ProblemDocument(
            status: 409, detail: "Two \"things\"", type: "/problems/limits", instance: "/invalidate",
            extensions: [
                "tags": .strings(["a", "b"]), "limit": .integer(5), "status": .integer(1), "retry": .bool(true),
            ])
        #expect(
            String(decoding: problem.json, as: UTF8.self)
                == #"{"type":"/problems/limits","title":"Conflict","status":409,"#
                + #""detail":"Two \"things\"","instance":"/invalidate","limit":5,"retry":true,"tags":["a","b"]}"#)
    }

    @Test func builders() {
        #expect(HTTPResponse.notFound("/x").status == 404)
        let response = HTTPResponse.methodNotAllowed("PUT", allowed: ["GET", "HEAD"])
        #expect(response.status == 405)
        #expect(response.headers.contains { $0 == ("Allow", "GET, HEAD") })
    }

    @Test(arguments: [
        (ServerSentEvent(data: "one"), "data: one\n\n"),
        (ServerSentEvent(id: "1\n2", event: "a\rb", data: ""), "id: 1 2\nevent: a b\ndata: \n\n"),
        (ServerSentEvent(data: "a\r\nb\rc\nd\u{2028}e"), "data: a\ndata: b\ndata: c\ndata: d\u{2028}e\n\n"),
    ])
    func serverSentEvents(event: ServerSentEvent, text: String) {
        #expect(String(decoding: event.bytes, as: UTF8.self) == text)
    }
}
