internal import Caches
internal import HTTP
internal import Invalidations

// Requests that are passed on to the main API.
extension OriginConfiguration {
    /// - Returns: nil where the API can have no such thing.
    func fetchRequest(_ namespace: Namespace, _ key: CacheKey) -> HTTPClientRequest? {
        guard let url = url(namespace, key) else { return nil }
        var request = HTTPClientRequest(
            url: url, headers: [("Accept", "application/json")] + credentials, timeout: timeout,
            responseBytesMax: CacheLimits.valueBytes)
        request.keepsHeader = true
        return request
    }

    /// - Parameters:
    ///   - value: nil to remove the thing.
    ///   - headers: that the client has sent with it.
    /// - Returns: nil where the API accepts no such write.
    func writeRequest(
        _ namespace: Namespace, _ key: CacheKey, _ value: CacheValue?, headers: [(String, String)]
    ) -> HTTPClientRequest? {
        guard let write, let url = write.template.url(namespace, key) else { return nil }
        let fields = credentials + headers + (value == nil ? [] : [("Content-Type", "application/json")])
        var request = HTTPClientRequest(
            method: value == nil ? "DELETE" : write.method, url: url, headers: fields, body: value?.bytes ?? [],
            timeout: timeout)
        // The status says it all. Many APIs answer with the thing as it is now, which may have any size.
        request.keepsBody = false
        return request
    }

    private var credentials: [(String, String)] { token.map { [("Authorization", "Bearer \($0)")] } ?? [] }
}
