import Invalidations
import JSON
import Replays
import Views

@testable import Gateway
@testable import HTTP

/// Requests to the gateway: target, head, framing, parameters and body.
enum HTTPRequestFuzzing {
    private static let tokens = BearerTokens(["secret", "another"])
    private static let origins = OriginRule(address: "127.0.0.1", hosts: [], crossOrigins: .none)
    private static let bodyBytesMax = 1 << 20

    static func read(_ bytes: UnsafeRawBufferPointer) {
        let input = FuzzInput(bytes, hasFirst: true)
        let words = input.first.split(separator: " ", maxSplits: 2).map(String.init)
        var headers = HTTPHeaders()
        for (name, value) in input.fields { headers.add(name, String(decoding: value, as: UTF8.self)) }
        var reader = RequestReader()
        reader.method = words.first ?? ""
        reader.headers = headers
        let fault = reader.framingFault(bodyBytesMax: bodyBytesMax)
        chunk(&reader, input.rest)
        guard words.count >= 2, let target = try? RequestTarget(words[1], method: words[0]) else { return }
        precondition(!target.path.utf8.contains(0), "a path holds a NUL")
        let request = HTTPRequest(
            method: words[0], path: target.path, target: words[1], query: target.query, headers: headers,
            body: input.rest)
        if fault == nil { lead(request) }
    }

    /// What a route reads of a request.
    private static func lead(_ request: HTTPRequest) {
        let route = Route(request)
        _ = route?.methods.contains(request.method)
        if let credential = request.headers.first("Authorization").flatMap(BearerTokens.credential) {
            readCredential(credential)
        }
        readCredential(request.body)
        _ = origins.hostRefusal(request, isTarget: false)
        _ = origins.originRefusal(request, isTarget: false)
        _ = request.headers.first("Content-Type").map(MediaType.isJSON)
        _ = TraceContext.headers(of: request)
        for (_, value) in request.query {
            if let wait = WaitParameter.parse(value, max: .seconds(30)) {
                precondition(wait >= .zero && wait <= .seconds(30), "a wait lies out of its bounds")
            }
            _ = RequestID(value)
            _ = Timestamp(value)
            _ = Namespace(value)
            if let cursor = StatusCursor(value) {
                precondition(StatusCursor(cursor.text) == cursor, "a cursor changes on its way")
            }
        }
        leadOrder(request)
        translate(request)
        let body = try? InvalidationDecoder().decode(
            body: request.body, newID: RequestID(high: 1, low: 2), time: Timestamp(milliseconds: 1_790_000_000_000),
            event: EventFields.attributes(request.headers))
        if let body, let key = request.headers.first("Idempotency-Key") {
            _ = IdempotencyKey(key, in: body.invalidation.namespace)
        }
    }

    /// Whatever a stranger shows: none of it opens anything.
    private static func readCredential(_ credential: [UInt8]) {
        precondition(!tokens.contains(credential) || credential.count < 8, "a token is another")
        _ = KeyText(credential)
        guard SignedToken.isOne(credential), let token = try? SignedToken(credential) else { return }
        let parser = JSONParser(bytesMax: SignedToken.bytesMax, depthMax: 16)
        _ = try? parser.parse(token.header) { SignedToken.Header($0) }
        _ = try? parser.parse(token.payload) { TokenClaims($0) }
    }

    /// What a dialect makes of a request: a body that the decoder reads or refuses.
    private static func translate(_ request: HTTPRequest) {
        guard let dialect = Dialects.find(request) else { return }
        let parser = JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)
        var purge: TranslatedPurge?
        if dialect.readsJSON {
            purge = try? parser.parse(request.body) { try dialect.translate(request, $0) }
        } else {
            purge = try? dialect.translate(request, nil)
        }
        guard let purge else { return }
        _ = dialect.accepted("id", purge)
        _ = try? InvalidationDecoder().decode(
            body: purge.body, newID: RequestID(high: 1, low: 2), time: Timestamp(milliseconds: 1_790_000_000_000))
    }

    /// What the calls of operators read of a request.
    private static func leadOrder(_ request: HTTPRequest) {
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        _ = OperatorName.of(request)
        _ = request.headers.first("Idempotency-Key").map(RunID.make)
        _ = try? DeadLetterParameters.query(request, limitMax: 500, now: now)
        _ = try? DeadLetterParameters.names(request)
        let parser = JSONParser(bytesMax: Limits.recordBytes, depthMax: Limits.nestingDepth)
        for kind in [RunOrder.Kind.replay, .redrive, .discard] {
            _ = try? parser.parse(request.body) { try RunBody(kind, $0, now: now) }
        }
        _ = try? parser.parse(request.body) { try RunChange($0) }
    }

    /// A chunk's piece stands behind its size in the library's buffer, and is checked from there.
    private static func chunk(_ reader: inout RequestReader, _ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            reader.bodyStart = UInt(bitPattern: start)
            for index in 0..<min(buffer.count, 64) {
                let piece = UnsafeRawBufferPointer(rebasing: buffer[index...])
                _ = reader.chunkFault(before: piece, bodyBytesMax: bodyBytesMax, bufferBytesMax: buffer.count)
                _ = reader.append(piece, max: 256)
            }
        }
    }
}
