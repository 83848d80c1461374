import CCurl
import Glibc

// Result of a transfer: response, or the error of the library.
extension CurlHandle {
    /// What became of the request that this handle was prepared for and that curl has ended with `code`.
    func result(_ code: CURLcode) -> HTTPClientResult {
        var opened = 0
        if cs_easy_get_long(easy, CURLINFO_NUM_CONNECTS, &opened) != CURLE_OK || opened > 0 { connects += 1 }
        guard code == CURLE_OK else { return .failure(failure(code)) }
        guard answer.hasWholeHeader else {
            return .failure(
                HTTPClientFailure(.other, "the server closed within the answer's header", mayHaveBeenSent: true))
        }
        var response = answer.response
        response.retryAfter = answer.retryAfter.flatMap { RetryAfter.parseWait($0, now: time(nil)) }
        return .response(response)
    }

    /// Whether a byte of the request has left.
    var mayHaveBeenSent: Bool {
        var bytes = 0
        return cs_easy_get_long(easy, CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes > 0
    }

    private func failure(_ code: CURLcode) -> HTTPClientFailure {
        if answer.isTooLarge {
            return HTTPClientFailure(
                .tooLarge, "the answer's body is longer than the request allowed", mayHaveBeenSent: true)
        }
        let isSent = mayHaveBeenSent
        return HTTPClientFailure(kind(code, isSent: isSent), errorMessage(code), mayHaveBeenSent: isSent)
    }

    private func kind(_ code: CURLcode, isSent: Bool) -> HTTPClientFailure.Kind {
        switch code {
        case CURLE_COULDNT_CONNECT:
            .connect
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            .resolve
        case CURLE_OPERATION_TIMEDOUT:
            .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_PEER_FAILED_VERIFICATION,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CRL_BADFILE, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_USE_SSL_FAILED:
            .tls
        case CURLE_GOT_NOTHING:
            .closedWithoutAnswer
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            // A reset instead of an orderly close.
            answer.hasBegun ? .other : .closedWithoutAnswer
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
            // After sending, the same code says that the answer was not HTTP.
            isSent ? .other : .invalidURL
        default:
            .other
        }
    }
}
