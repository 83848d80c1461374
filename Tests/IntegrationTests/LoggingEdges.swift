import Foundation
import TestSupport

/// A real nginx with cache_purge that writes down every purge it gets.
final class LoggingNginx {
    private let server: NginxServer

    init() throws {
        server = try NginxServer(
            """
            location ~ "(?s)^/purge(/.*)\\z" {
                access_log {directory}/purges.log purge;
                proxy_cache_purge site "$host$1 $args";
            }
            location / {
                proxy_pass http://127.0.0.1:9;
                proxy_cache site;
                proxy_cache_key "$host$uri $args";
            }
            """,
            http: """
                log_format purge '$request_uri';
                proxy_cache_path {directory}/cache keys_zone=site:1m;
                """,
            modules: ["ngx_http_cache_purge_module"])
    }

    var url: String { server.url }

    /// First arrivals by namespace, read from URLs that end in the request's number.
    func arrivals() throws -> [String: [String]] {
        try firstArrivals(in: server.directory.file("purges.log")) { line in
            line.split(separator: "/").last.map { ["item-\($0)"] } ?? []
        }
    }
}

/// A real Varnish with the shipped VCL, and beside it varnishncsa, which writes down every purge of tags.
final class LoggingVarnish {
    private let server: VarnishServer
    private let directory: TemporaryDirectory
    private let logger: ChildProcess

    init() throws {
        server = try VarnishServer(originPort: 9)
        directory = try TemporaryDirectory("varnish-log")
        logger = try ChildProcess(
            ["varnishncsa", "-n", server.directory.file("work"), "-F", "%{xkey-purge}i", "-w", directory.file("purges.log")])
    }

    var url: String { server.url }

    func arrivals() throws -> [String: [String]] {
        // SIGTERM makes varnishncsa write what it still holds.
        logger.signal(SIGTERM)
        try logger.waitForExit()
        return try firstArrivals(in: directory.file("purges.log")) { $0.split(separator: " ").map(String.init) }
    }
}

/// By namespace, the requests of a log's lines in the order in which they came for the first time.
private func firstArrivals(in file: String, _ tags: (Substring) -> [String]) throws -> [String: [String]] {
    let arrivals = Arrivals()
    for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
        for tag in tags(line) where tag.hasPrefix("item-") {
            guard let number = Int(tag.dropFirst("item-".count)) else { continue }
            arrivals.record(namespace: "shop-\(number % KillWorld.namespaces)", [tag])
        }
    }
    return arrivals.order
}
