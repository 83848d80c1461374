import CCurl
internal import Runtime

// Answers without an end, such as live streams: read piece by piece, as they come.
extension HTTPFetch {
    /// Reads until the server ends the answer, or the caller has enough.
    ///
    /// - Parameters:
    ///   - request: its timeout is for all of the answer. A refusal is read as a whole, within its bound.
    ///   - silenceMax: without a byte for so long, the connection counts as cut.
    ///   - goesOn: asked about once a second, and at each piece; false ends it.
    ///   - piece: gets what has come.
    public static func stream(
        _ request: HTTPClientRequest, silenceMax: Duration,
        configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
        while goesOn: @escaping () -> Bool = { true }, _ piece: @escaping ([UInt8]) -> Bool
    ) throws(HTTPClientFailure) -> HTTPClientResponse {
        let handle = try CurlHandle(configuration)
        try handle.prepare(request)
        let flow = AnswerFlow(silenceMax: silenceMax, goesOn: goesOn, piece: piece)
        handle.flow = flow
        let context = Unmanaged.passUnretained(flow).toOpaque()
        guard cs_easy_set_long(handle.easy, CURLOPT_NOPROGRESS, 0) == CURLE_OK,
            cs_easy_set_pointer(handle.easy, CURLOPT_XFERINFODATA, context) == CURLE_OK,
            cs_easy_set_progress(handle.easy, AnswerFlow.onProgress) == CURLE_OK
        else { throw .unusable("a stream") }
        let code = withExtendedLifetime(flow) { curl_easy_perform(handle.easy) }
        switch flow.end {
        case .enough: return handle.answer.response
        case .silent:
            throw HTTPClientFailure(.timeout, "nothing has come for \(silenceMax)", mayHaveBeenSent: true)
        case nil: break
        }
        switch handle.result(code) {
        case .response(let response): return response
        case .failure(let failure): throw failure
        }
    }
}

/// Flow of an answer without an end: to whom its pieces go, and when it is over.
final class AnswerFlow {
    enum End {
        case enough, silent
    }

    private(set) var end: End?
    private let silenceMax: Duration
    private let goesOn: () -> Bool
    private let piece: ([UInt8]) -> Bool
    private var lastPiece = MonotonicTime.now()

    init(silenceMax: Duration, goesOn: @escaping () -> Bool, piece: @escaping ([UInt8]) -> Bool) {
        (self.silenceMax, self.goesOn, self.piece) = (silenceMax, goesOn, piece)
    }

    /// - Returns: false to end the transfer.
    func takePiece(_ bytes: UnsafeRawBufferPointer) -> Bool {
        lastPiece = .now()
        if !goesOn() || !piece(Array(bytes)) { end = .enough }
        return end == nil
    }

    private func look() -> Bool {
        if !goesOn() {
            end = .enough
        } else if .now() - lastPiece > silenceMax {
            end = .silent
        }
        return end == nil
    }

    static let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
        guard let context else { return 1 }
        return Unmanaged<AnswerFlow>.fromOpaque(context).takeUnretainedValue().look() ? 0 : 1
    }
}
