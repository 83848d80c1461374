import Basics
import Glibc

/// Names for one process among its like.
public enum InstanceName {
    /// `host-pid-random`, such as `web1-4711-9f3c2a`: differs also between containers with equal names and pids.
    public static func make() -> String {
        "\(host())-\(getpid())-\(suffix())"
    }

    /// The host's name without its domain, in letters, digits and dashes.
    static func host() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "host" }
        let bytes = buffer.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: ".")) }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return name.isEmpty ? "host" : String(name.prefix(40))
    }

    private static func suffix() -> String { Hexadecimal.text(.random(in: 0...0xFF_FFFF), width: 6) }
}
