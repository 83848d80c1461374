internal import Basics

/// Writes requests to one server as HTTP/1.1 sends them.
package struct RequestWriter {
    private let origin: [UInt8]
    private let hostLine: [UInt8]
    private let agentLine: [UInt8]
    /// Checked before; most requests have the method of the one before.
    private var method = ""

    private static let acceptLine = Array("Accept: */*\r\n".utf8)
    private static let version = Array(" HTTP/1.1\r\n".utf8)
    private static let end = Array("\r\n".utf8)

    package init(_ origin: HTTPOrigin, userAgent: String) {
        self.origin = Array(origin.text.utf8)
        hostLine = Array("Host: \(origin.authority)\r\n".utf8)
        agentLine = Array("User-Agent: \(userAgent)\r\n".utf8)
    }

    /// - Throws: for what makes no request; the output is then as it was.
    package mutating func append(_ request: HTTPClientRequest, to output: inout [UInt8]) throws(HTTPClientFailure) {
        let list: HTTPHeaderList
        do {
            list = try request.headerList()
        } catch {
            throw Self.invalid(error.description)
        }
        try check(request)
        let length = output.count
        output.append(contentsOf: method.utf8)
        output.append(0x20)
        guard append(request.target, of: request.url, to: &output) else {
            output.removeSubrange(length...)
            throw Self.invalid(
                "the URL has control characters or spaces, or is not one of \(String(decoding: origin, as: UTF8.self))")
        }
        output.append(contentsOf: Self.version)
        if !list.own.contains(.host) { output.append(contentsOf: hostLine) }
        if !list.own.contains(.userAgent) { output.append(contentsOf: agentLine) }
        if !list.own.contains(.accept) { output.append(contentsOf: Self.acceptLine) }
        output.append(contentsOf: list.lines)
        if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
            output.append(contentsOf: "Content-Length: \(request.body.count)\r\n".utf8)
        }
        output.append(contentsOf: Self.end)
        output.append(contentsOf: request.body)
    }

    private mutating func check(_ request: HTTPClientRequest) throws(HTTPClientFailure) {
        guard request.method != method else { return }
        guard HeaderToken.isToken(request.method), request.method.utf8.count <= 64 else {
            throw Self.invalid("not a method: \(request.method.prefix(64).debugDescription)")
        }
        method = request.method
    }

    /// The target, if the request has one of its own.
    private func append(_ target: String?, of url: String, to output: inout [UInt8]) -> Bool {
        guard let target else { return appendTarget(of: url, to: &output) }
        guard url.utf8.starts(with: origin), !target.isEmpty, target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return false
        }
        output.append(contentsOf: target.utf8)
        return true
    }

    /// What stands behind the server's name; false if that makes no request.
    private func appendTarget(of url: String, to output: inout [UInt8]) -> Bool {
        // Every String of Swift's own has its bytes in one piece.
        url.utf8.withContiguousStorageIfAvailable { bytes in
            guard bytes.starts(with: origin) else { return false }
            let target = UnsafeBufferPointer(rebasing: bytes[origin.count...])
            // A line break would forge a request.
            guard target.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "#") }) else { return false }
            if target.first != UInt8(ascii: "/") {
                guard target.isEmpty || target.first == UInt8(ascii: "?") else { return false }
                output.append(UInt8(ascii: "/"))
            }
            output.append(contentsOf: target)
            return true
        } ?? false
    }

    private static func invalid(_ message: String) -> HTTPClientFailure {
        HTTPClientFailure(.invalidURL, message, mayHaveBeenSent: false)
    }
}
