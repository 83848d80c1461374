import Foundation

/// A real Squid in front of an origin.
extension ServerProcess {
    /// Squid with the shipped configuration, in memory.
    ///
    /// - Parameter changes: texts in the configuration and what they become; each must be there.
    public static func squid(originPort: Int, changes: [(String, String)] = []) throws -> ServerProcess {
        let shipped = try replacing(
            changes + [("127.0.0.1 parent 8080", "127.0.0.1 parent \(originPort)")],
            in: try shippedEdgeFile("squid.conf"))
        return try ServerProcess("squid") { port, directory in
            let text = try replacing([("http_port 3128", "http_port 127.0.0.1:\(port)")], in: shipped)
            let own = """
                pid_filename none
                access_log none
                cache_log /dev/null
                coredump_dir none
                pinger_enable off
                visible_hostname edge.test

                """
            return try ChildProcess(
                ["squid", "-N", "-d", "1", "-f", try directory.write("squid.conf", text + own)],
                environment: ["PATH": "/usr/local/sbin:/usr/sbin:/usr/bin:/bin"], output: directory.file("output"))
        }
    }
}
