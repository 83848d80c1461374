internal import CPostgres

/// Where a PostgreSQL database is, and who asks: a URL or `key=value` words, as libpq reads them.
///
/// Its texts never have the password in them, whatever is wrong with the address.
public struct PostgresAddress: Hashable, Sendable {
    /// libpq's names and values, those alone that were given.
    let parameters: [String: String]

    /// - Throws: `cannotOpen` for a text that is no address, without a word of it: any of them could be the password.
    public init(_ text: String) throws(StorageError) {
        guard let parameters = Self.parse(text) else {
            throw .cannotOpen(
                "the address is neither a URL, such as postgres://user@host:5432/database, nor a list of key=value")
        }
        self.parameters = parameters
        // In a URL some characters of a password end it, and what is behind them is then taken for host or port.
        let ports = (parameters["port"] ?? "").split(separator: ",")
        let names = [parameters["host"], parameters["dbname"], parameters["user"]].compactMap { $0 }
        guard ports.allSatisfy({ UInt16($0) != nil }), !names.contains(where: { $0.contains("@") }) else {
            throw .cannotOpen(
                "the address has a port that is no number, or an @ in a name: "
                    + "a password in a URL needs %40 for @, %2F for / and %3A for :")
        }
    }

    /// Hides secrets in a text of libpq or of the server.
    func redact(_ text: String) -> String {
        var text = text
        for secret in [parameters["password"], parameters["sslpassword"]] {
            if let secret, !secret.isEmpty { text = text.replacing(secret, with: "***") }
        }
        return text
    }

    private static func parse(_ text: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        // An address without a byte in it would be that of the environment; C ends a text at its first 0.
        guard !text.isEmpty, !text.utf8.contains(0), let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            return nil
        }
        defer { PQconninfoFree(options) }
        var parameters: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { parameters[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return parameters
    }
}

extension PostgresAddress: CustomStringConvertible, CustomReflectable {
    /// `user@host:port/database`, as far as they are given.
    public var description: String {
        let user = parameters["user"].map { "\($0)@" } ?? ""
        let host = parameters["host"] ?? parameters["hostaddr"] ?? "localhost"
        // Of several hosts without ports libpq makes as many empty ones.
        let ports = (parameters["port"] ?? "").split(separator: ",").joined(separator: ",")
        let port = ports.isEmpty ? "" : ":\(ports)"
        return redact("\(user)\(host)\(port)/\(parameters["dbname"] ?? "")")
    }

    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
