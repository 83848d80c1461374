import Foundation
import TestSupport
import Testing

/// Files that no compiler reads.
struct FilesTests {
    @Test(.enabled(if: Example.has("docker-compose"), "docker-compose is not installed"), .timeLimit(.minutes(1)))
    func theComposeFileIsValid() throws {
        let result = try Example.run(["docker-compose", "-f", "\(Example.checkout)/docker-compose.yml", "config", "-q"])
        #expect(result.status == 0, "\(result.output)")
    }

    @Test(.timeLimit(.minutes(1)))
    func everyFileThatComposeAndItsImagesTakeIsThere() throws {
        let compose = try String(contentsOfFile: "\(Example.checkout)/docker-compose.yml", encoding: .utf8)
        let dockerfile = try String(contentsOfFile: "\(Example.checkout)/.docker/Dockerfile", encoding: .utf8)
        let mounted = compose.matches(of: #/\./([A-Za-z./]+):/[a-z/.]+:ro/#).map { String($0.output.1) }
        let copied = dockerfile.matches(of: #/COPY ([.A-Z][^ ]+) /#).map { String($0.output.1) }
        #expect(mounted.count >= 3 && copied.count >= 4)
        for name in mounted + copied {
            #expect(FileManager.default.fileExists(atPath: "\(Example.checkout)/\(name)"), "\(name)")
        }
    }

    /// A variable that no setting has would do nothing.
    @Test func theComposeFileSetsVariablesThatThereAre() throws {
        let compose = try String(contentsOfFile: "\(Example.checkout)/docker-compose.yml", encoding: .utf8)
        let names = Set(compose.matches(of: #/CACHESYNC_[A-Z_]+/#).map { String($0.output) })
        #expect(names.count >= 5)
        var environment = Dictionary(uniqueKeysWithValues: names.map { ($0, "") })
        environment["CACHESYNC_CONFIG"] = Example.path("cachesync.compose.yaml")
        let result = try BuiltCommand.run(["edges", "list"], environment: environment)
        #expect(result.exitCode == 0 && result.output.contains("varnish-1"), "\(result.output)")
        #expect(!result.output.contains("no setting"), "\(result.output)")
    }

    @Test(arguments: [
        "Examples/demo", "Examples/curl.sh", "Examples/publish.sh",
        ".ci/run", ".ci/setup", ".docker/varnish-entrypoint",
    ])
    func scriptsCanBeRead(name: String) throws {
        let path = "\(Example.checkout)/\(name)"
        let result = try Example.run(["bash", "-n", path])
        #expect(result.status == 0, "\(result.output)")
        #expect(FileManager.default.isExecutableFile(atPath: path))
    }

    @Test func setupRefusesAStepThatItDoesNotKnow() throws {
        let result = try Example.run(["\(Example.checkout)/.ci/setup", "cooking"])
        #expect(result.status != 0)
        #expect(result.output.contains("unknown step 'cooking'"))
    }
}
