import Basics
public import Invalidations
public import Runtime

/// Reads the list `accounts` of a configuration file: limits that several edges share.
public enum AccountList {
    public static let countMax = 1_000

    /// The key that the list stands under, to be declared among the configuration's keys.
    public static let key = ConfigurationKey(
        "accounts", environment: nil, isStructured: true,
        help: "Providers' accounts whose limits several edges share: a list of name and limits")

    /// - Throws: for the first setting that cannot be used, naming its line; unknown keys, names that appear twice
    ///   and accounts without a limit are refused.
    public static func read(_ sources: ConfigurationSources) throws(ConfigurationError) -> [AccountProfile] {
        let sections = try sources.sections(key.name)
        guard sections.count <= countMax else {
            throw sections[countMax].invalid(
                "is one of \(sections.count) accounts, more than the \(countMax) allowed")
        }
        var accounts: [AccountProfile] = []
        var origins: [String: Origin] = [:]
        for section in sections {
            try section.allow(["name", "limits"])
            let account = AccountProfile(name: try section.entryName(), limits: try LimitsReader.read(section))
            if let first = origins.updateValue(section.origin, forKey: account.name) {
                throw section.invalid(
                    "has the name \(account.name), as the account at \(first)",
                    hint: "give each account a name of its own")
            }
            guard account.limits != EdgeLimits() else {
                throw section.invalid("has no limit", hint: "add limits, such as limits: {requests: 50/s}")
            }
            accounts.append(account)
        }
        return accounts
    }
}

extension ConfigurationSection {
    /// The name of an edge or an account, which stands in status, headers and metrics. It has no `+` and no comma:
    /// they part names there.
    func entryName() throws(ConfigurationError) -> String {
        let value = try value("name")
        let isFit =
            (1...64).contains(value.text.utf8.count)
            && value.text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: byte.isASCIILowercase || byte.isASCIIDigit
                }
            }
        guard isFit else { throw value.invalid("a name", hint: "take 1 to 64 characters of a-z 0-9 . _ -") }
        return value.text
    }
}
