internal import Edges
internal import HTTP

/// Origin rule: what web pages may ask of a gateway that asks for no credential.
///
/// A browser on the same machine reaches a gateway on loopback, and would send it what any page of the web likes.
struct OriginRule: Sendable {
    private let isOnLoopback: Bool
    private let hosts: [HostPattern]
    private let crossOrigins: CrossOriginRule

    /// - Parameters:
    ///   - address: where the gateway listens.
    ///   - hosts: further names that the gateway goes by.
    ///   - crossOrigins: pages that may use it.
    init(address: String, hosts: [HostPattern], crossOrigins: CrossOriginRule) {
        isOnLoopback = LoopbackName.isAddress(address)
        self.hosts = hosts
        self.crossOrigins = crossOrigins
    }

    /// A name of the web that was made to lead to this machine (DNS rebinding) is not the gateway's own.
    ///
    /// - Parameter isTarget: the Host field is what is to be purged, and no name of the gateway.
    func hostRefusal(_ request: HTTPRequest, isTarget: Bool) -> HTTPResponse? {
        guard isOnLoopback, !isTarget, let host = request.headers.first("Host") else { return nil }
        return isOwn(host) ? nil : Problems.unknownHost(host)
    }

    /// Of a call that changes something.
    func originRefusal(_ request: HTTPRequest, isTarget: Bool) -> HTTPResponse? {
        if let origin = request.headers.first("Origin"), crossOrigins.mayChange(origin) { return nil }
        if let relation = request.headers.first("Sec-Fetch-Site"), !["same-origin", "none"].contains(relation) {
            return Problems.foreignOrigin(request.headers.first("Origin") ?? relation)
        }
        guard let origin = request.headers.first("Origin") else { return nil }
        guard let host = Self.host(ofOrigin: origin), !isTarget,
            host == request.headers.first("Host")?.lowercased() || isListed(host)
        else { return Problems.foreignOrigin(origin) }
        return nil
    }

    private func isOwn(_ host: String) -> Bool {
        LoopbackName.isHost(host) || isListed(host)
    }

    /// Named in the settings, whatever the port.
    private func isListed(_ host: String) -> Bool {
        let name = LoopbackName.withoutPort(host)
        return hosts.contains { $0.matches(name) || $0.matches(host.lowercased()) }
    }

    /// Nil for `null`, and for what is no origin.
    private static func host(ofOrigin origin: String) -> String? {
        let text = origin.lowercased()
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return nil }
        return String(text.dropFirst(scheme.count))
    }
}

/// Names and addresses of the machine itself.
enum LoopbackName {
    /// - Parameter address: as a listener has it.
    static func isAddress(_ address: String) -> Bool {
        let name = address.lowercased()
        return name == "localhost" || name == "::1" || isIPv4(name)
    }

    /// - Parameter host: as in the Host field.
    static func isHost(_ host: String) -> Bool {
        let name = withoutPort(host)
        if isIPv4(name) { return true }
        return name == "localhost" || name.hasSuffix(".localhost") || name == "[::1]"
    }

    /// In lower case.
    static func withoutPort(_ host: String) -> String {
        let name = host.lowercased()
        let bracket = name.utf8.lastIndex(of: UInt8(ascii: "]")) ?? name.startIndex
        return name.utf8[bracket...].firstIndex(of: UInt8(ascii: ":")).map { String(name[..<$0]) } ?? name
    }

    /// 127.0.0.0/8 as four numbers: `127.evil.example` is a name of the web.
    private static func isIPv4(_ name: String) -> Bool {
        guard name.utf8.starts(with: "127.".utf8) else { return false }
        let parts = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8(Substring($0)) != nil }
    }
}
