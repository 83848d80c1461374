import CCurl

/// Requests one at a time, for commands and tests: each blocks its thread and has a connection of its own.
public enum HTTPFetch {
    public static func perform(
        _ request: HTTPClientRequest, configuration: HTTPClientConfiguration = HTTPClientConfiguration()
    ) throws(HTTPClientFailure) -> HTTPClientResponse {
        let handle = try CurlHandle(configuration)
        try handle.prepare(request)
        switch handle.result(curl_easy_perform(handle.easy)) {
        case .response(let response): return response
        case .failure(let failure): throw failure
        }
    }
}
