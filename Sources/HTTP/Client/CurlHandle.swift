import Basics
import CCurl
import Glibc

/// curl's process-wide state. Reading `isReady` sets it up, once, and before any other thread may use curl.
enum CurlGlobal {
    static let isReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
}

extension HTTPClientFailure {
    /// curl could not be set up: no memory, or a library that lacks what it was built with.
    static func unusable(_ what: String) -> HTTPClientFailure {
        HTTPClientFailure(.other, "\(what) can't be set up", mayHaveBeenSent: false)
    }
}

extension Duration {
    /// Milliseconds for curl, rounded up; at least one, since zero means "for ever" there.
    var curlMilliseconds: Int {
        Int(max(1, min(millisecondsRoundedUp, 1_000_000_000)))
    }
}

/// One easy handle of curl, used for one request after another. Options stay set between requests;
/// only those that differ are set again.
final class CurlHandle {
    let easy: UnsafeMutableRawPointer
    var applied = AppliedOptions()
    var answer = AnswerCollector()
    /// Where its connections are kept; that outlives the transfers it is asked in. Nil for a handle used alone.
    unowned var multi: CurlMulti?
    /// The request goes to an https URL.
    var isSecure = false
    /// The caller's name for the request, and its place among those in flight.
    var token: UInt64 = 0
    var slot = 0
    /// Requests for which a connection was opened.
    var connects = 0
    /// curl counts how often it had to repeat a request on a new connection, over the whole life of a handle that is
    /// never reset, and gives up at the sixth. Each time opens a connection.
    var isWorn: Bool { connects >= 5 }
    /// Where the pieces of an answer without an end go; nil for others.
    var flow: AnswerFlow?
    private let errorText: UnsafeMutablePointer<CChar>

    init(_ configuration: HTTPClientConfiguration) throws(HTTPClientFailure) {
        guard CurlGlobal.isReady, let easy = curl_easy_init() else { throw .unusable("curl") }
        self.easy = easy
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        guard setFixedOptions(configuration) else { throw .unusable("curl, with its proxy or protocols,") }
    }

    deinit {
        curl_easy_cleanup(easy)
        errorText.deallocate()
    }

    /// The object of a handle that curl reports on.
    static func of(_ easy: UnsafeMutableRawPointer) -> CurlHandle? {
        var context: UnsafeMutableRawPointer?
        guard cs_easy_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context else { return nil }
        return Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
    }

    /// curl's own words for what went wrong in the last request.
    func errorMessage(_ code: CURLcode) -> String {
        errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }

    func forgetError() { errorText.pointee = 0 }

    /// What holds for every request of this handle.
    private func setFixedOptions(_ configuration: HTTPClientConfiguration) -> Bool {
        // Unretained: the handle ends with this object, so its callbacks never see a dead one.
        let context = Unmanaged.passUnretained(self).toOpaque()
        let longs: [(CURLoption, Int)] = [
            // Signals are the process's business, and timeouts by SIGALRM are not for threads.
            (CURLOPT_NOSIGNAL, 1),
            // Without it, giving up on a slow name server would block the loop until it answers.
            (CURLOPT_QUICK_EXIT, 1),
            (CURLOPT_FOLLOWLOCATION, 0),
            (CURLOPT_PATH_AS_IS, 1),
            (CURLOPT_NOPROGRESS, 1),
            (CURLOPT_TCP_KEEPALIVE, 1),
            (CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            (CURLOPT_SSL_VERIFYPEER, 1),
            (CURLOPT_SSL_VERIFYHOST, 2),
            (CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout.curlMilliseconds),
        ]
        let strings: [(CURLoption, String)] = [
            (CURLOPT_PROTOCOLS_STR, "http,https"),
            // Empty strings, unlike none, keep curl from reading the environment.
            (CURLOPT_PROXY, configuration.proxy ?? ""),
            (CURLOPT_NOPROXY, ""),
            (CURLOPT_USERAGENT, configuration.userAgent),
        ]
        let pointers: [(CURLoption, UnsafeMutableRawPointer)] = [
            (CURLOPT_PRIVATE, context), (CURLOPT_WRITEDATA, context), (CURLOPT_HEADERDATA, context),
            (CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText)),
        ]
        return longs.allSatisfy { cs_easy_set_long(easy, $0, $1) == CURLE_OK }
            && strings.allSatisfy { cs_easy_set_string(easy, $0, $1) == CURLE_OK }
            && pointers.allSatisfy { cs_easy_set_pointer(easy, $0, $1) == CURLE_OK }
            && cs_easy_set_write(easy, CURLOPT_WRITEFUNCTION, Self.onBody) == CURLE_OK
            && cs_easy_set_write(easy, CURLOPT_HEADERFUNCTION, Self.onHeader) == CURLE_OK
    }

    /// Any count but the one given ends the transfer.
    private static let onBody: curl_write_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let handle = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        // What refuses has an end.
        let isFlowing = handle.flow != nil && (200..<300).contains(handle.answer.response.status)
        let accepted = isFlowing ? handle.flow?.takePiece(piece) ?? false : handle.answer.body(piece)
        return accepted ? size * count : 0
    }

    private static let onHeader: curl_write_callback = { bytes, size, count, context in
        guard let context else { return 0 }
        let handle = Unmanaged<CurlHandle>.fromOpaque(context).takeUnretainedValue()
        handle.answer.header(UnsafeRawBufferPointer(start: bytes, count: size * count))
        return size * count
    }
}
