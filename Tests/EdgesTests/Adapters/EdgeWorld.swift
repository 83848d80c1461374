import Edges
import HTTP
import Invalidations
import TestSupport

/// An origin whose answers all differ, so that equal pages come from the cache.
func originServer() throws -> NginxServer {
    try NginxServer(
        """
        add_header xkey "all $arg_tag" always;
        add_header Cache-Control "public, max-age=600";
        location / { return 200 "$request_id $host $request_uri"; }
        """)
}

/// What a cache on that port serves.
func page(
    _ port: Int, _ path: String, host: String = "shop.example", headers: [(String, String)] = []
) throws -> String {
    let response = try HTTPFetch.perform(
        HTTPClientRequest(
            url: "http://127.0.0.1:\(port)\(path)", headers: [("Host", host)] + headers, timeout: .seconds(30)))
    guard response.status == 200 else { throw UnexpectedStatus(description: "\(response.status) for \(path)") }
    return String(decoding: response.body, as: UTF8.self)
}

struct UnexpectedStatus: Error, CustomStringConvertible {
    let description: String
}
