import Foundation
import JSON
import TestSupport
import Testing

/// `publish --file`, against a gateway of `up`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BulkPublishTests {
    private let up: RunningUp
    private let directory: TemporaryDirectory

    init() throws {
        up = try RunningUp()
        directory = try TemporaryDirectory("bulk")
    }

    private func lines(_ count: Int) -> String {
        (1...count).map { #"{"namespace":"shop","tags":["tag-\#($0)"]}"# + "\n" }.joined()
    }

    private func publish(_ text: String, _ arguments: String...) throws -> (exitCode: Int32, output: String) {
        let input = try directory.write("input", text)
        return try BuiltCommand.run(["publish", "--gateway", up.gateway] + arguments, input: input)
    }

    @Test func everyLineOfStandardInputIsPublishedAndCounted() throws {
        // A byte order mark, empty lines, carriage returns and a last line without its end are what files have.
        let text = "\u{FEFF}" + lines(300) + "\r\n  \n" + #"{"namespace":"shop","tags":["last"]}"#
        let result = try publish(text, "--file", "-", "--wait")
        #expect(result.exitCode == 0 && result.output.contains("301 requests: 301 accepted"), "\(result.output)")
        #expect(up.recorder.count == 301)
    }

    /// More lines than the gateway plans at a time, and nothing of it is published.
    @Test func aPlanOfManyLinesIsTheirSum() throws {
        let text = lines(1_200) + "no JSON\n" + #"{"namespace":"shop","urls":["https://shop.example/a"]}"# + "\n"
        let result = try publish(text, "-f", "-", "--plan")
        #expect(result.exitCode == 65 && result.output.contains("line 1201: "), "\(result.output)")
        #expect(result.output.contains("calls for 1200 tags, 1 urls"), "\(result.output)")
        let planned = try publish(text, "-f", "-", "--plan", "--json").output
        #expect(planned.contains("\"requests\":1201,\"refused\":1,\"parts\":2"), "\(planned)")
        #expect(try publish(lines(3), "-f", "-", "--plan").exitCode == 0)
        #expect(try publish("", "-f", "-", "--plan").exitCode == 65)
        #expect(try publish(lines(1), "-f", "-", "--plan", "--wait").exitCode == 64)
        #expect(try up.recorder.count == 0 && up.run("status").output.contains("no requests"))
    }

    @Test func withOneInFlightTheOrderIsKept() throws {
        let result = try publish(lines(20), "-f", "-", "--in-flight", "1", "--wait")
        #expect(result.exitCode == 0, "\(result.output)")
        #expect(up.recorder.order["shop"] == (1...20).map { "tag-\($0)" })
    }

    @Test func whatIsRefusedIsNamedByItsLineAndAllElseIsPublished() throws {
        let long = #"{"tags":["\#(String(repeating: "x", count: 2 << 20))"]}"#
        let text = lines(2) + "no JSON\n\n" + long + "\n" + #"{"namespace":"shop","tags":["a b"]}"# + "\n" + lines(3)
        let result = try publish(text, "-f", "-")
        #expect(result.exitCode == 65, "\(result.output)")
        #expect(result.output.contains("8 requests: 5 accepted, 3 refused"), "\(result.output)")
        for line in ["line 3: ", "line 5: longer", "line 6: "] { #expect(result.output.contains(line)) }
    }

    @Test func withoutEndOfComplaintsTheyAreOnlyCounted() throws {
        let result = try publish(String(repeating: "no JSON\n", count: 200), "-f", "-")
        #expect(result.exitCode == 65 && result.output.contains("200 requests: 0 accepted, 200 refused"))
        #expect(result.output.components(separatedBy: "line ").count - 1 == 20, "\(result.output)")
        #expect(!result.output.contains("\u{1B}"), "a pipe is no terminal")
    }

    @Test func asJSONEachLineHasItsAnswer() throws {
        let input = try directory.write("input.ndjson", lines(20) + "{}\n")
        let result = try BuiltCommand.runApart(["publish", "--gateway", up.gateway, "--file", input, "--json"])
        #expect(result.exitCode == 65 && result.messages.contains("21 requests: 20 accepted, 1 refused"), "\(result)")
        let answers = try result.output.split(separator: "\n").map { line in
            try JSONParser(bytesMax: 1 << 20).parse(Array(line.utf8)) { root in
                (
                    line: root["line"]?.int64, isOk: root["ok"]?.bool, id: root["id"]?.string,
                    error: root["error"]?.string
                )
            }
        }
        #expect(Set(answers.map(\.line)) == Set(1...21))
        #expect(answers.filter { $0.isOk == true && $0.id?.count == 36 }.count == 20)
        #expect(answers.filter { $0.line == 21 && $0.error != nil }.count == 1)
    }

    @Test func whatFailsAtAnEdgeIsAFailure() throws {
        let text = lines(3) + #"{"namespace":"shop","prefixes":["https://shop.example/a"]}"# + "\n"
        let result = try publish(text, "-f", "-", "--wait")
        #expect(result.exitCode == 1 && result.output.contains("4 requests: 4 accepted, 1 failed"), "\(result.output)")
    }

    /// A slow input: what comes is published at once, and who breaks it off is told how far it came.
    @Test func brokenOffItStillSaysHowFarItCame() throws {
        let input = try SlowInput(directory.file("slow"))
        let log = directory.file("log")
        let process = try BuiltCommand.startProcess(
            ["publish", "--gateway", up.gateway, "-f", input.path, "--json"], output: log)
        try input.open()
        input.send(lines(5))
        try eventually("the lines are published while the input goes on") {
            try String(contentsOfFile: log, encoding: .utf8).components(separatedBy: "\"ok\":true").count == 6
        }
        process.signal(SIGINT)
        #expect(try process.waitForExit() == 130)
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect(text.contains("5 requests: 5 accepted") && text.contains("interrupted"), "\(text)")
    }

    /// A gateway that is away for a while is waited for, and no line is lost or refused for it.
    @Test func aGatewayThatGoesAndComesBackLosesNothing() throws {
        let input = try SlowInput(directory.file("slow"))
        let log = directory.file("log")
        let process = try BuiltCommand.startProcess(
            ["publish", "--gateway", up.gateway, "-f", input.path], output: log)
        try input.open()
        input.send(lines(5))
        try eventually("the first lines arrive") { up.recorder.count == 5 }
        try up.restart { input.send(#"{"namespace":"shop","tags":["while-away"]}"# + "\n") }
        try eventually("the line of the outage arrives") { up.recorder.count == 6 }
        input.close()
        #expect(try process.waitForExit() == 0)
        #expect(try String(contentsOfFile: log, encoding: .utf8).contains("6 requests: 6 accepted"))
    }
}

/// A pipe with a name, into which a test writes what a command reads.
private final class SlowInput {
    let path: String
    private var descriptor: Int32 = -1

    init(_ path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw SystemError("mkfifo") }
    }

    deinit { close() }

    /// Waits for the reader.
    func open() throws {
        try eventually("the command opens its input") {
            descriptor = Glibc.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0
        }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
