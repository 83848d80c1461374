import Foundation

/// A real Traffic Server in front of an origin.
extension ServerProcess {
    /// Traffic Server with the shipped configuration, and the list of who may purge that it comes with.
    public static func trafficServer(originPort: Int) throws -> ServerProcess {
        let remap = try replacing(
            [("127.0.0.1:8080", "127.0.0.1:\(originPort)")], in: try shippedEdgeFile("trafficserver/remap.config"))
        let records = try shippedEdgeFile("trafficserver/records.config")
        return try ServerProcess("traffic-server") { port, directory in
            let text = try replacing([("STRING 8080", "STRING \(port):ip-in=127.0.0.1")], in: records)
            // It must not accept before its cache is ready: what it served then it would not keep.
            let own = """

                CONFIG proxy.config.http.wait_for_cache INT 1
                CONFIG proxy.config.admin.user_id STRING #-1
                CONFIG proxy.config.crash_log_helper STRING NULL

                """
            _ = try directory.write("records.config", text + own)
            _ = try directory.write("remap.config", remap)
            _ = try directory.write("storage.config", "\(directory.path) 64M\n")
            try FileManager.default.copyItem(
                atPath: "/etc/trafficserver/ip_allow.yaml", toPath: directory.file("ip_allow.yaml"))
            let root = try directory.write("runroot.yaml", layout(directory.path))
            return try ChildProcess(
                ["traffic_server", "--run-root=\(root)"], output: directory.file("output"))
        }
    }

    private static func layout(_ path: String) -> String {
        let own = [
            "prefix", "exec_prefix", "sysconfdir", "datadir", "includedir", "libdir", "localstatedir", "runtimedir",
            "logdir", "cachedir",
        ]
        return own.map { "\($0): \(path)\n" }.joined()
            + "bindir: /usr/bin\nsbindir: /usr/bin\nlibexecdir: /usr/lib/trafficserver/modules\n"
    }
}
