import HTTP
import TestSupport
import Testing

/// Tests of single requests of the HTTP client.
@Suite(.timeLimit(.minutes(1)))
struct HTTPFetchTests {
    @Test func blocksForAnAnswer() throws {
        let server = try NginxServer(#"location / { return 200 "$request_method"; }"#)
        let response = try HTTPFetch.perform(HTTPClientRequest(method: "PURGE", url: server.url))
        #expect(response.status == 200)
        #expect(response.text == "PURGE")
    }

    @Test func throwsWhatWentWrong() throws {
        let port = try freePort()
        do {
            _ = try HTTPFetch.perform(HTTPClientRequest(url: "http://127.0.0.1:\(port)/"))
            Issue.record("nobody should have answered")
        } catch {
            #expect(error.kind == .connect)
            #expect(!error.mayHaveBeenSent)
        }
    }
}
