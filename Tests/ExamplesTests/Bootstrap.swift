import Foundation
import TestSupport

/// A Debian in a folder, made from this machine's apt sources.
final class Bootstrap {
    private static let library = "/usr/local/lib/swift-runtime"
    private let directory: TemporaryDirectory
    private var root: String { directory.file("root") }

    /// What is gone in a minute need not be safe on its disk.
    private static let haste = ["DPKG_FORCE": "unsafe-io"]

    /// Why none can be made here; nil when one can. It must be of this machine's suite, whose libraries the command is
    /// linked with.
    static func missing(_ suite: String) -> String? {
        guard geteuid() == 0 else { return "a folder can only be entered as a root by root" }
        for program in ["debootstrap", "chroot", "unshare", "curl", "ldd"] where !Example.has(program) {
            return "\(program) is not installed"
        }
        guard (try? Example.run(["unshare", "--mount", "--pid", "--fork", "true"]).status) == 0 else {
            return "this machine lets nobody have mounts of their own"
        }
        guard let source else { return "apt on this machine names no source of Debian's packages" }
        guard source.suite == suite else { return "this machine is no Debian \(suite)" }
        let probe = try? Example.run([
            "curl", "-fsS", "-o", "/dev/null", "--max-time", "10", "\(source.mirror)/dists/\(source.suite)/Release",
        ])
        return probe?.status == 0 ? nil : "the source of Debian's packages cannot be reached"
    }

    /// The source that apt takes this system's own packages from.
    private static let source: (mirror: String, suite: String)? = {
        let format = "$(REPO_URI) $(RELEASE)"
        let result = try? Example.run(["apt-get", "indextargets", "--format", format, "Created-By: Packages"])
        let release = (try? String(contentsOfFile: "/etc/os-release", encoding: .utf8)) ?? ""
        guard let result, result.status == 0,
            let name = release.firstMatch(of: #/VERSION_CODENAME=([a-z]+)/#)?.output.1
        else { return nil }
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 2, words[1] == name else { continue }
            return (words[0].hasSuffix("/") ? String(words[0].dropLast()) : words[0], words[1])
        }
        return nil
    }()

    /// - Parameter suite: such as bookworm.
    init(suite: String) throws {
        if let missing = Self.missing(suite) { throw BootstrapFailure(description: missing) }
        let mirror = Self.source?.mirror ?? ""
        directory = try TemporaryDirectory("bootstrap")
        let made = try Example.run(
            ["debootstrap", "--variant=minbase", suite, root, mirror], environment: Self.haste, within: .seconds(150))
        guard made.status == 0 else { throw BootstrapFailure(description: String(made.output.suffix(2_000))) }
        // Security updates and names come as they come to this machine. Links lead elsewhere in there.
        for name in ["apt/sources.list", "apt/sources.list.d", "apt/apt.conf.d", "resolv.conf"] {
            _ = try Example.run(["rm", "-rf", "\(root)/etc/\(name)"])
            _ = try Example.run(["cp", "-rL", "/etc/\(name)", "\(root)/etc/\(name)"])
        }
    }

    /// Runs a command in there, to its end.
    func run(_ command: [String], user: String = "root") throws -> (status: Int32, output: String) {
        let environment = ["env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
        let settings = ["LD_LIBRARY_PATH=\(Self.library)", "DEBIAN_FRONTEND=noninteractive", "HOME=/"]
        // With the processes of its own in its /proc, from which a program learns its arguments; the mount ends with
        // it.
        let inside = ["unshare", "--mount", "--pid", "--fork", "--mount-proc=\(root)/proc"]
        return try Example.run(
            inside + ["chroot", "--userspec=\(user)", root] + environment + settings
                + Self.haste.map { "\($0.key)=\($0.value)" } + command, within: .seconds(150))
    }

    /// Copies a program, and the libraries of Swift that it loads: the image has them inside the program. All others
    /// must be there already.
    func install(_ program: String, as name: String) throws {
        try FileManager.default.copyItem(atPath: program, toPath: root + name)
        try FileManager.default.createDirectory(atPath: root + Self.library, withIntermediateDirectories: true)
        for line in try Example.run(["ldd", program]).output.split(separator: "\n") {
            guard let path = line.firstMatch(of: #/=> (\S+/lib/swift/linux/\S+)/#)?.output.1 else { continue }
            let file = (String(path) as NSString).lastPathComponent
            try FileManager.default.copyItem(atPath: String(path), toPath: "\(root)\(Self.library)/\(file)")
        }
    }
}

struct BootstrapFailure: Error, CustomStringConvertible {
    let description: String
}
