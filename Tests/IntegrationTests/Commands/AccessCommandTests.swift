import Foundation
import HTTP
import TestSupport
import Testing

/// Tests of credentials as operators handle them: keys, listening addresses, and a configuration that changes.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct AccessCommandTests {
    private static func status(_ up: RunningUp, _ credential: String) -> Int? {
        let request = HTTPClientRequest(
            method: "GET", url: up.gateway + "/status", headers: [("Authorization", "Bearer \(credential)")])
        return try? HTTPFetch.perform(request).status
    }

    @Test func keysAreMadeRotatedAndRevokedWhileTheGatewayRuns() throws {
        let directory = try TemporaryDirectory("keys")
        let file = directory.file("keys.yaml")
        let keys = ["--keys", file]
        func keysCommand(_ words: String...) throws -> (exitCode: Int32, output: String, messages: String) {
            try BuiltCommand.runApart(["keys"] + words + keys)
        }
        #expect(try keysCommand("list").output == "no keys\n")
        #expect(try keysCommand("create").exitCode == 64)
        #expect(try keysCommand("create", "--name", "a", "--namespace", "sh*op").exitCode == 64)
        let made = try keysCommand("create", "--name", "catalog", "--namespace", "shop", "--expires", "1d")
        #expect(made.exitCode == 0 && made.output.hasPrefix("cs_") && made.messages.contains("only time"))
        let first = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let id = String(first.dropFirst(3).prefix(12))

        let up = try RunningUp(gateway: "keys: \"\(file)\"")
        func publish(_ key: String, _ namespace: String) throws -> Int32 {
            try up.run("publish", "-n", namespace, "-t", "a", "--token", key).exitCode
        }
        #expect(try publish(first, "shop") == 0)
        #expect(try publish(first, "blog") == 78)
        #expect(Self.status(up, "wrong") == 401 && Self.status(up, first) == 403)
        let rotated = try keysCommand("rotate", id, "--grace", "1h", "--json")
        let second = try #require(
            (try JSONSerialization.jsonObject(with: Data(rotated.output.utf8)) as? [String: String])?["key"])
        try eventually("the new key opens") { Self.status(up, second) == 403 }
        #expect(try publish(first, "shop") == 0 && publish(second, "shop") == 0)
        #expect(try keysCommand("revoke", id).exitCode == 0)
        try eventually("the old key is closed") { Self.status(up, first) == 401 }
        #expect(try publish(second, "shop") == 0)
        #expect(try keysCommand("revoke", "000000000000").exitCode == 66)
        #expect(try keysCommand("rotate", id).exitCode == 65)
        let list = try keysCommand("list")
        #expect(list.output.contains("revoked") && list.output.contains("valid") && !list.output.contains(second))
        let doctor = try up.run("doctor")
        #expect(doctor.output.contains("1 keys of \(file) are valid"), "\(doctor.output)")
    }

    /// `up` over TLS: commands show a certificate, and the gateway knows whose it is.
    @Test func aClientCertificateIsTheCredentialOfCommands() throws {
        let (authority, own, recorder) = (try TestAuthority(), try TestCertificate(), try PurgeRecorder())
        defer { recorder.stop() }
        let good = try authority.issue("good", subject: "/O=Shop/CN=ci")
        let unknown = try authority.issue("unknown", subject: "/CN=ci")
        let port = try freePort()
        func file(_ name: String, _ shown: TestAuthority.Issued) throws -> String {
            try authority.directory.write(
                name,
                """
                gateway:
                  listen: "127.0.0.1:\(port)"
                  tls:
                    certificate: "\(own.certificateFile)"
                    key: "\(own.keyFile)"
                    clientCA: "\(authority.certificateFile)"
                  clientCertificates:
                    - {subject: "CN=ci,O=Shop", name: ci, scopes: [publish, read], namespaces: [shop]}
                  ca: "\(own.certificateFile)"
                  certificate: "\(shown.certificateFile)"
                  certificateKey: "\(shown.keyFile)"
                view: {path: "\(authority.directory.file("view.db"))"}
                edges:
                  - {name: recorder, adapter: http, address: "\(recorder.address)"}
                """)
        }
        let (config, other) = (try file("good.yaml", good), try file("unknown.yaml", unknown))
        let up = try BuiltCommand.startProcess(["up", "--config", config], output: authority.directory.file("up.log"))
        defer { up.kill() }
        let tls = TLSClientOptions(
            authorityFile: own.certificateFile, certificateFile: good.certificateFile, keyFile: good.keyFile)
        try eventually("the gateway is ready", within: .seconds(60)) {
            let request = HTTPClientRequest(url: "https://127.0.0.1:\(port)/health/ready", tls: tls)
            return (try? HTTPFetch.perform(request))?.status == 200
        }
        func run(_ config: String, _ words: String...) throws -> (exitCode: Int32, output: String) {
            try BuiltCommand.run(words + ["--config", config])
        }
        let published = try run(config, "publish", "-n", "shop", "-t", "a", "--wait")
        #expect(published.exitCode == 0, "\(published.output)")
        #expect(try run(config, "publish", "-n", "blog", "-t", "a").exitCode == 78)
        let refused = try run(other, "publish", "-n", "shop", "-t", "a")
        #expect(refused.exitCode == 78 && refused.output.contains("client certificate is not known"), "\(refused)")
        #expect(try run(config, "doctor").output.contains("knows 1 client certificates"))
        let log = try String(contentsOfFile: authority.directory.file("up.log"), encoding: .utf8)
        for part in [#""reason":"certificate""#, #""certificate":"CN=ci,O=Shop""#] {
            #expect(log.contains(part), "\(log)")
        }
    }

    @Test func otherMachinesAreNotLetInWithoutACredential() throws {
        let directory = try TemporaryDirectory("listen")
        let file = try directory.write(
            "c.yaml", "edges:\n  - {name: e, adapter: http, address: \"http://127.0.0.1:9\"}\n")
        func gateway(_ listen: String, _ environment: [String: String] = [:]) throws -> (Int32, String) {
            let words = ["gateway", "--brokers", "127.0.0.1:9", "--config", file, "--listen", listen]
            let result = try BuiltCommand.run(words, environment: environment)
            return (result.exitCode, result.output)
        }
        for listen in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "purge.example:1"] {
            let (code, output) = try gateway(listen)
            #expect(code == 64 && output.contains("asks for no credential"), "\(output)")
            #expect(output.contains("gateway.token") && output.contains("gateway.open: true"), "\(output)")
        }
        // With a credential, or when told so, it goes on: to an address that this machine has not got.
        let credentials = [
            ["CACHESYNC_GATEWAY_TOKEN": "a-token"], ["CACHESYNC_GATEWAY_OPEN": "true"],
        ]
        for environment in credentials {
            let (code, output) = try gateway("192.0.2.1:1", environment)
            #expect(code == 69, "\(output)")
        }
        let (code, output) = try gateway("127.0.0.1:1", ["CACHESYNC_GATEWAY_JWT_ISSUER": "https://id.example"])
        #expect(code == 78 && output.contains("gateway.jwt.audience"), "\(output)")
    }

    @Test func commandsSpeakTLSWithTheGateway() throws {
        let certificate = try TestCertificate()
        let directory = try TemporaryDirectory("tls")
        let port = try freePort()
        let file = try directory.write(
            "c.yaml",
            """
            gateway:
              listen: "127.0.0.1:\(port)"
              tls: {certificate: "\(certificate.certificateFile)", key: "\(certificate.keyFile)"}
            edges:
              - {name: e, adapter: http, address: "http://127.0.0.1:9"}
            """)
        let up = try BuiltCommand.startProcess(["up", "--config", file], output: directory.file("up.log"))
        let trust = ["CACHESYNC_GATEWAY_CA": certificate.certificateFile]
        try eventually("the gateway answers over TLS", within: .seconds(60)) {
            try BuiltCommand.run(["status", "--config", file], environment: trust).exitCode == 0
        }
        // It answers before it is connected to its broker.
        try eventually("a request is published over TLS", within: .seconds(60)) {
            try BuiltCommand.run(["publish", "-t", "a", "--config", file], environment: trust).exitCode == 0
        }
        #expect(try BuiltCommand.run(["status", "--config", file]).exitCode == 69)
        let doctor = try BuiltCommand.run(["doctor", "--config", file], environment: trust)
        #expect(doctor.output.contains("a gateway of Cache Sync listens at"), "\(doctor.output)")
        up.signal(SIGTERM)
        try up.waitForExit()
    }

    @Test func hangUpPutsInForceWhatARunningProcessCanChange() throws {
        let up = try RunningUp(gateway: "token: first-token")
        let text = try String(contentsOfFile: up.file, encoding: .utf8)
        func change(_ text: String) throws {
            try text.write(toFile: up.file, atomically: true, encoding: .utf8)
            up.process.signal(SIGHUP)
        }
        func log() throws -> String { try String(contentsOfFile: up.directory.file("up.log"), encoding: .utf8) }
        #expect(Self.status(up, "first-token") == 200)
        try change(text.replacing("first-token", with: "second-token"))
        try eventually("the new token opens") { Self.status(up, "second-token") == 200 }
        #expect(Self.status(up, "first-token") == 401)

        try change(text.replacing("first-token", with: "third-token").replacing("[shop, blog]", with: "[shop]"))
        try eventually("the token has changed") { Self.status(up, "third-token") == 200 }
        try eventually("the edges are told to need a restart") { try log().contains("can't change: restart it") }

        try change(text.replacing("token: first-token", with: "connectionsPerAddress: 512"))
        try eventually("a gateway does not open itself") { try log().contains("no credential any more") }
        try change("gateway: {")
        try eventually("what is no configuration is refused") {
            try log().components(separatedBy: "all stays as it was").count == 3
        }
        #expect(Self.status(up, "third-token") == 200)
    }
}
