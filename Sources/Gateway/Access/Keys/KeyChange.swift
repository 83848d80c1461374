internal import Runtime

/// Change of one API key, for the audit: its file was read again.
package struct KeyChange: Equatable {
    package enum Kind: String {
        case added, removed, revoked
        /// Another name, other scopes, another grant, hash or expiry.
        case changed
    }

    package let id: String
    package let name: String
    package let kind: Kind

    /// In the order of ids.
    package static func list(from before: [String: APIKey], to after: [String: APIKey]) -> [KeyChange] {
        Set(before.keys).union(after.keys).sorted().compactMap { id in
            switch (before[id], after[id]) {
            case (nil, let key?): KeyChange(id: id, name: key.name, kind: .added)
            case (let key?, nil): KeyChange(id: id, name: key.name, kind: .removed)
            case (let old?, let new?) where old != new:
                KeyChange(
                    id: id, name: new.name,
                    kind: old.revokedAt == nil && new.revokedAt != nil ? .revoked : .changed)
            case (nil, nil), (.some, .some): nil
            }
        }
    }

    /// Logs a line for each, and how many more there are: a file may be replaced as a whole.
    static func log(_ changes: [KeyChange], to log: Log, linesMax: Int = 50) {
        for change in changes.prefix(linesMax) {
            log.info("audit", ["key": change.id, "key.name": change.name, "change": change.kind.rawValue])
        }
        if changes.count > linesMax { log.info("audit", ["keys.more": changes.count - linesMax]) }
    }
}
