import Basics
import CCurl

/// Options of an easy handle, remembered so that an equal request sets nothing.
struct AppliedOptions {
    /// How curl sends a request: with which of its own methods, and with what body.
    enum Form {
        case get, head, body
    }

    var form: Form?
    var customMethod: String?
    var target: String?
    var hasLargeBody = false
    var headers: HTTPHeaderList?
    var headersAreForBody = false
    var tls: TLSClientOptions?
    var version: HTTPClientVersion?
    var waitsForMultiplexing: Bool?
    var timeoutMilliseconds = 0
}

extension CurlHandle {
    /// Sets the handle to the request and forgets the answer before.
    func prepare(_ request: HTTPClientRequest) throws(HTTPClientFailure) {
        try check(request)
        let headers: HTTPHeaderList
        do {
            headers = try request.headerList()
        } catch {
            throw HTTPClientFailure(.invalidURL, error.description, mayHaveBeenSent: false)
        }
        guard cs_easy_set_string(easy, CURLOPT_URL, request.url) == CURLE_OK else { throw .unusable("the URL") }
        isSecure = request.url.utf8.starts(with: "https".utf8)
        if request.target != applied.target {
            try set(CURLOPT_REQUEST_TARGET, request.target)
            applied.target = request.target
        }
        try applyMethod(request)
        try applyHeaders(headers)
        try applyVersion(request)
        try applyTLS(request.tls)
        let timeout = request.timeout.curlMilliseconds
        if timeout != applied.timeoutMilliseconds {
            try set(CURLOPT_TIMEOUT_MS, timeout)
            applied.timeoutMilliseconds = timeout
        }
        forgetError()
        answer.begin(
            bodyBytesMax: request.responseBytesMax, keepsHeader: request.keepsHeader, keepsBody: request.keepsBody)
    }

    private func check(_ request: HTTPClientRequest) throws(HTTPClientFailure) {
        let url = request.url.utf8
        // curl would guess a missing scheme.
        guard url.starts(with: "http://".utf8) || url.starts(with: "https://".utf8) else {
            throw HTTPClientFailure(
                .invalidURL, "the URL begins with neither http:// nor https://", mayHaveBeenSent: false)
        }
        // A NUL would cut the URL short, a line break would forge a request.
        guard url.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw HTTPClientFailure(.invalidURL, "the URL has control characters or spaces", mayHaveBeenSent: false)
        }
        guard request.target?.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) ?? true else {
            throw HTTPClientFailure(
                .invalidURL, "the request's target has control characters or spaces", mayHaveBeenSent: false)
        }
        if let method = applied.customMethod, method == request.method { return }
        guard request.method == "GET" || (HeaderToken.isToken(request.method) && request.method.utf8.count <= 64)
        else {
            throw HTTPClientFailure(
                .invalidURL, "not a method: \(request.method.prefix(64).debugDescription)", mayHaveBeenSent: false)
        }
        guard request.method != "HEAD" || request.body.isEmpty else {
            throw HTTPClientFailure(.invalidURL, "a HEAD request has no body", mayHaveBeenSent: false)
        }
    }

    private func applyMethod(_ request: HTTPClientRequest) throws(HTTPClientFailure) {
        let form = Self.form(of: request)
        let natural =
            switch form {
            case .get: "GET"
            case .head: "HEAD"
            case .body: "POST"
            }
        if form != .body, applied.hasLargeBody {
            // That makes a POST of what comes next, whatever was set before.
            try applyBody([])
            applied.form = nil
        }
        if form != applied.form {
            switch form {
            case .get: try set(CURLOPT_HTTPGET, 1)
            case .head: try set(CURLOPT_NOBODY, 1)
            case .body: try set(CURLOPT_POST, 1)
            }
            applied.form = form
        }
        if form == .body { try applyBody(request.body) }
        let customMethod = request.method == natural ? nil : request.method
        if customMethod != applied.customMethod {
            try set(CURLOPT_CUSTOMREQUEST, customMethod)
            applied.customMethod = customMethod
        }
    }

    /// POST and PUT say "Content-Length: 0" when they have no body; other methods say nothing.
    private static func form(of request: HTTPClientRequest) -> AppliedOptions.Form {
        guard request.body.isEmpty else { return .body }
        switch request.method {
        case "HEAD": return .head
        case "POST", "PUT", "PATCH": return .body
        default: return .get
        }
    }

    /// curl keeps a copy, which a handle at rest gives back if it is large.
    private func applyBody(_ body: [UInt8]) throws(HTTPClientFailure) {
        let result = body.withUnsafeBytes { bytes -> CURLcode in
            let code = cs_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
            guard code == CURLE_OK else { return code }
            // Without bytes, no pointer would mean "read the body from a callback": an empty text does not.
            guard let start = bytes.baseAddress, !bytes.isEmpty else {
                return cs_easy_set_string(easy, CURLOPT_COPYPOSTFIELDS, "")
            }
            return cs_easy_set_pointer(easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: start))
        }
        guard result == CURLE_OK else { throw .unusable("the body") }
        applied.hasLargeBody = body.count > 16 * 1024
    }

    private func applyHeaders(_ headers: HTTPHeaderList) throws(HTTPClientFailure) {
        let forBody = applied.form == .body
        guard headers !== applied.headers || forBody != applied.headersAreForBody else { return }
        let list = forBody ? headers.list : headers.listWithoutBody
        guard cs_easy_set_pointer(easy, CURLOPT_HTTPHEADER, list) == CURLE_OK else { throw .unusable("the header") }
        applied.headersAreForBody = forBody
        applied.headers = headers  // held: curl reads the list while it sends
    }

    private func applyVersion(_ request: HTTPClientRequest) throws(HTTPClientFailure) {
        if request.version != applied.version {
            let value = request.version == .http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS
            try set(CURLOPT_HTTP_VERSION, Int(value))
            applied.version = request.version
        }
        // Waiting for a connection to share pays only where requests can share one.
        let waits = request.version == .automatic && isSecure
        guard waits != applied.waitsForMultiplexing else { return }
        try set(CURLOPT_PIPEWAIT, waits ? 1 : 0)
        applied.waitsForMultiplexing = waits
    }

    private func applyTLS(_ tls: TLSClientOptions?) throws(HTTPClientFailure) {
        guard tls !== applied.tls else { return }
        if let authorityFile = tls?.authorityFile {
            try set(CURLOPT_CAINFO, authorityFile)
            try set(CURLOPT_CAPATH, nil)  // that file's authorities, and no others
        } else {
            try setBuiltIn(CURLOPT_CAINFO, CURLINFO_CAINFO)
            try setBuiltIn(CURLOPT_CAPATH, CURLINFO_CAPATH)
        }
        try set(CURLOPT_SSLCERT, tls?.certificateFile)
        try set(CURLOPT_SSLKEY, tls?.keyFile)
        try set(CURLOPT_KEYPASSWD, tls?.keyPassword)
        applied.tls = tls
    }

    /// Back to the path that curl was built with.
    private func setBuiltIn(_ option: CURLoption, _ info: CURLINFO) throws(HTTPClientFailure) {
        var path: UnsafePointer<CChar>?
        guard cs_easy_get_string(easy, info, &path) == CURLE_OK, cs_easy_set_string(easy, option, path) == CURLE_OK
        else { throw .unusable("the system's certificate authorities") }
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPClientFailure) {
        guard cs_easy_set_long(easy, option, value) == CURLE_OK else {
            throw .unusable("curl option \(option.rawValue)")
        }
    }

    private func set(_ option: CURLoption, _ value: String?) throws(HTTPClientFailure) {
        guard cs_easy_set_string(easy, option, value) == CURLE_OK else {
            throw .unusable("curl option \(option.rawValue)")
        }
    }
}
