/// Network of a client: its IPv4 address, or the 64 bits of IPv6 that one client has for itself.
package enum ClientNetwork {
    private static let groupsOfNetwork = 4
    private static let groups = 8

    /// - Parameter address: in digits.
    package static func of(_ address: String) -> String {
        guard address.utf8.contains(UInt8(ascii: ":")) else { return address }
        // A zone names an interface of this machine.
        let text = address.prefix { $0 != "%" }
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = halves.map { $0.split(separator: ":").map(String.init) }
        var all = parts[0]
        if parts.count == 2 {
            let missing = max(0, groups - parts[0].count - parts[1].count)
            all += Array(repeating: "0", count: missing) + parts[1]
        }
        return all.prefix(groupsOfNetwork).joined(separator: ":") + "::/64"
    }
}
