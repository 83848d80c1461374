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
        let log = try String(contentsOfFile: server.directory.file("purges.log"), encoding: .utf8)
        return firstArrivals(in: log.split(separator: "\n")) { line in
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
            [
                "varnishncsa", "-n", server.directory.file("work"),
                "-F", "%{VSL:Timestamp:Start[1]}x %{xkey-purge}i",
            ],
            output: directory.file("purges.log"))
    }

    var url: String { server.url }

    func arrivals() throws -> [String: [String]] {
        try eventually("varnishncsa has caught up", within: .seconds(20)) {
            try arrivalsSoFar().values.reduce(0) { $0 + $1.count } >= KillWorld.requests
        }
        return try arrivalsSoFar()
    }

    private func arrivalsSoFar() throws -> [String: [String]] {
        // Each of Varnish's threads logs when it comes to it, so neighbouring lines may have changed places.
        let log = try String(contentsOfFile: directory.file("purges.log"), encoding: .utf8).split(separator: "\n")
        let byArrival = log.sorted { (Double($0.prefix { $0 != " " }) ?? 0) < (Double($1.prefix { $0 != " " }) ?? 0) }
        return firstArrivals(in: byArrival) { $0.split(separator: " ").dropFirst().map(String.init) }
    }
}

/// By namespace, the requests of a log's lines in the order in which they came for the first time.
private func firstArrivals(in lines: [Substring], _ tags: (Substring) -> [String]) -> [String: [String]] {
    let arrivals = Arrivals()
    for line in lines {
        for tag in tags(line) where tag.hasPrefix("item-") {
            guard let number = Int(tag.dropFirst("item-".count)) else { continue }
            arrivals.record(namespace: "shop-\(number % KillWorld.namespaces)", [tag])
        }
    }
    return arrivals.order
}
