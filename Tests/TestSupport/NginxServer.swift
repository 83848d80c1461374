import Foundation

/// A real nginx on a free port, configured by its `server` block.
/// It ends at deinit, and with the test process.
public final class NginxServer: Sendable {
    public let port: Int
    public let directory: TemporaryDirectory
    private let process: ChildProcess

    /// "http://127.0.0.1:port", without a slash at the end.
    public var url: String { "http://127.0.0.1:\(port)" }

    public var isRunning: Bool { process.isRunning }

    /// Ends the server now; later connections are refused.
    public func stop() { process.kill() }

    /// - Parameters:
    ///   - server: what stands inside `server { … }` besides `listen`. `{directory}` and `{port}` are replaced.
    ///   - http: what stands inside `http { … }` before the server, with the same replacements.
    ///   - listen: options of the listen directive, such as "ssl http2".
    ///   - modules: dynamic modules by name, such as "ngx_http_cache_purge_module".
    ///   - directory: files the configuration refers to, such as certificates; a new one by default.
    public init(
        _ server: String, http: String = "", listen: String = "", modules: [String] = [],
        directory: TemporaryDirectory? = nil
    ) throws {
        let directory = try directory ?? TemporaryDirectory("nginx")
        // The free port may be taken by someone else before nginx binds it: then the next one is tried.
        for attempt in 1...5 {
            let port = try freePort()
            let text = Self.configuration(
                server: server, http: http, listen: listen, modules: modules, directory: directory.path, port: port)
            let process = try Self.startProcess(text, in: directory)
            var lastWords = ""
            try eventually("nginx accepts connections") {
                guard process.isRunning else {
                    lastWords = (try? String(contentsOfFile: directory.file("error.log"), encoding: .utf8)) ?? ""
                    return true
                }
                return accepts(port: port)
            }
            if process.isRunning {
                (self.port, self.directory, self.process) = (port, directory, process)
                return
            }
            guard attempt < 5, lastWords.contains("bind()") else { throw NginxFailure(description: lastWords) }
        }
        throw NginxFailure(description: "no free port for nginx")
    }

    private static func startProcess(_ configuration: String, in directory: TemporaryDirectory) throws -> ChildProcess {
        let file = try directory.write("nginx.conf", configuration)
        let log = directory.file("error.log")
        return try ChildProcess(["nginx", "-e", log, "-c", file], output: log)
    }

    /// One process without a master: a master that is killed would leave its workers behind.
    private static func configuration(
        server: String, http: String, listen: String, modules: [String], directory: String, port: Int
    ) -> String {
        let user = getuid() == 0 ? "user root;" : ""
        let loads = modules.map { "load_module modules/\($0).so;" }.joined(separator: "\n")
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "    \($0)_temp_path {directory}/\($0);" }.joined(separator: "\n")
        return """
            \(loads)
            \(user)
            daemon off;
            master_process off;
            pid {directory}/nginx.pid;
            error_log {directory}/error.log warn;
            events { worker_connections 1024; }
            http {
                access_log off;
                keepalive_requests 1000000000;
            \(temporary)
                \(http)
                server {
                    listen 127.0.0.1:{port} \(listen);
                    \(server)
                }
            }

            """
            .replacingOccurrences(of: "{directory}", with: directory)
            .replacingOccurrences(of: "{port}", with: String(port))
    }
}

/// nginx did not start; the description is what it said.
public struct NginxFailure: Error, CustomStringConvertible {
    public let description: String
}
