import Foundation
import TestSupport
import Testing

/// The image, without an engine that builds it: what its file copies must be a package, and what it installs must be
/// enough to run the command.
@Suite(.serialized)
struct ImageTests {
    private static let file = Dockerfile((try? text(".docker/Dockerfile")) ?? "")

    /// Of the last stage's base.
    private static let suite =
        file.stage("cachesync")?.base.wholeMatch(of: #/debian:([a-z]+)-slim/#).map { String($0.output.1) } ?? ""
    private static let missing = Bootstrap.missing(suite)

    private static func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(Example.checkout)/\(name)", encoding: .utf8)
    }

    @Test(.timeLimit(.minutes(2)))
    func whatTheBuildStageCopiesIsAWholePackage() throws {
        let stage = try #require(Self.file.stage("build"))
        let root = try TemporaryDirectory("image")
        try copy(stage, to: root.path)
        // In the order that SwiftPM takes them: the manifest alone does not look at the folders it names.
        let result = try Example.run(
            ["swift", "package", "--package-path", root.path + stage.workingDirectory, "describe", "--type", "json"],
            within: .seconds(110))
        #expect(result.status == 0, "\(result.output)")
        for target in ["cachesync", "TopicCatalogue", "TestSupport"] {
            #expect(result.output.contains("\"\(target)\""), "\(result.output.prefix(2_000))")
        }
        #expect(stage.commands.contains { $0.contains("swift build") && $0.contains("--product cachesync") })
    }

    @Test func everyStageCopiesWhatTheContextHolds() throws {
        #expect(Self.file.stages.map(\.name) == ["build", "varnish", "cachesync"])
        for stage in Self.file.stages {
            let root = try TemporaryDirectory("image")
            try copy(stage, to: root.path)
        }
    }

    /// A Debian as small as the image's base runs the last stage's commands; then the command has to start there.
    @Test(
        .enabled(if: missing == nil, Comment(rawValue: missing ?? "")), .timeLimit(.minutes(5)))
    func whatTheLastStageInstallsIsEnoughToRunTheCommand() throws {
        let stage = try #require(Self.file.stage("cachesync"))
        let root = try Bootstrap(suite: Self.suite)
        for command in stage.commands {
            let result = try root.run(["sh", "-c", command])
            #expect(result.status == 0, "\(command): \(result.output.suffix(2_000))")
        }
        try root.install(BuiltCommand.path, as: "/usr/local/bin/cachesync")
        for arguments in [["--version"], ["--help"], ["topics", "list"]] {
            let result = try root.run(["cachesync"] + arguments, user: "cachesync")
            #expect(result.status == 0 && result.output.contains("cachesync"), "\(arguments): \(result.output)")
        }
        // The health check of the compose file needs it.
        #expect(try root.run(["curl", "--version"], user: "cachesync").status == 0)
    }

    /// Copies what a builder would: of the context, to where the stage wants it.
    private func copy(_ stage: Dockerfile.Stage, to root: String) throws {
        let context = DockerIgnore(try Self.text(".dockerignore"))
        let files = FileManager.default
        for (sources, target) in stage.copies {
            let base = target.hasPrefix("/") ? root + target : "\(root)\(stage.workingDirectory)/\(target)"
            for source in sources {
                let from = "\(Example.checkout)/\(source)"
                let inside = files.subpaths(atPath: from) ?? []
                let found = inside.filter { !isFolder("\(from)/\($0)") && context.accepts("\(source)/\($0)") }
                let isWhole = inside.isEmpty && context.accepts(source) && files.fileExists(atPath: from)
                try #require(!found.isEmpty || isWhole, "COPY \(source): the build context has no such thing")
                // A single file goes into a folder or takes a new name; a folder's content goes into the target.
                let name = (source as NSString).lastPathComponent
                let pairs =
                    isWhole
                    ? [(from, target.hasSuffix("/") ? "\(base)/\(name)" : base)]
                    : found.map { ("\(from)/\($0)", "\(base)/\($0)") }
                for (source, target) in pairs {
                    try files.createDirectory(
                        atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
                    try files.copyItem(atPath: source, toPath: target)
                }
            }
        }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
