import Foundation
import JSON
import Replays
import Runtime

/// Lists, shows, exports, redrives and discards dead letters.
struct DeadCommand {
    static let deadLetter = "LETTER"

    private static let timeout = Duration.seconds(30)
    /// Groups that are told apart.
    private static let groupsMax = 10_000

    private let settings: Settings
    private let arguments: Arguments
    private let options: RunOptions

    init(_ settings: Settings, _ arguments: Arguments) {
        self.settings = settings
        self.arguments = arguments
        options = RunOptions(settings, arguments)
    }

    func list() throws -> ExitCode {
        let limit = try options.number("limit", in: 1...100_000) ?? 50
        let pages = try DeadLetterPages(settings, arguments)
        if let group = arguments.value("group") {
            return show(try pages.groups(by: group) ?? countedGroups(pages, by: group), by: group)
        }
        var output = JSONList()
        var table = Table(["LETTER", "TIME", "CLASS", "NAMESPACE", "EDGES", "ATTEMPTS", "REDRIVES", "ERROR"])
        var count = 0
        try pages.forEach { document, item in
            count += 1
            guard count <= limit else { return false }
            if settings.isJSON {
                output.add { $0.raw(document) }
            } else {
                table.add(Self.row(item))
            }
            return true
        }
        if settings.isJSON {
            output.show()
        } else {
            Output.text(count == 0 ? "no dead letters" : table.text)
            if count > limit { Output.notice("there are more; --limit shows more, --group counts them") }
        }
        return .ok
    }

    func show() throws -> ExitCode {
        let name = arguments.positional(Self.deadLetter) ?? ""
        guard DeadLetterName(name) != nil else { throw options.noDeadLetter(name) }
        let gateway = try GatewayClient(settings, for: .operator)
        if arguments.has("value") {
            let value = try gateway.call("GET", "/dead/\(name)/value", timeout: Self.timeout)
            Output.raw(String(decoding: value, as: UTF8.self))
            return .ok
        }
        let document = try gateway.call("GET", "/dead/\(name)", timeout: Self.timeout)
        if settings.isJSON {
            Output.json(document)
            return .ok
        }
        try JSONParser(bytesMax: 8 << 20).parse(document) { root in
            root["headers"]?.forEachElement { header in
                let value = header["value"]?.string ?? header["base64"]?.string.map { "base64 \($0)" } ?? ""
                Output.text("\(header["name"]?.string ?? ""): \(value)")
            }
        }
        return .ok
    }

    /// One JSON document a line: key and value as they are, in base64.
    func export() throws -> ExitCode {
        try DeadLetterPages(settings, arguments).forEachExported { Output.json($0) }
        return .ok
    }

    func redrive() throws -> ExitCode { try carryOut(.redrive) }

    func discard() throws -> ExitCode { try carryOut(.discard) }

    private func carryOut(_ kind: RunOrder.Kind) throws -> ExitCode {
        let expected = try options.number("expect", in: 0...Int(Int32.max))
        return try RunStarter(settings, arguments).carryOut(kind, expected: expected)
    }

    private static func row(_ item: DeadLetterItem) -> [String] {
        [
            item.deadLetter, item.time ?? "", item.class + (item.isQuarantined ? " (quarantined)" : ""),
            item.namespace ?? "", item.edges.isEmpty ? "-" : item.edges.joined(separator: ","), "\(item.attempts)",
            "\(item.redrives)", String(item.error.prefix(80)),
        ]
    }

    // MARK: - Groups

    private func countedGroups(_ pages: DeadLetterPages, by group: String) throws -> [(name: String, count: Int64)] {
        var groups: [String: Int64] = [:]
        try pages.forEach { _, item in
            for name in Self.groups(of: item, by: group) {
                let key = groups[name] != nil || groups.count < Self.groupsMax ? name : "others"
                groups[key, default: 0] += 1
            }
            return true
        }
        return groups.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.map { (name: $0.key, count: $0.value) }
    }

    private static func groups(of item: DeadLetterItem, by group: String) -> [String] {
        switch group {
        case "edge": item.edges.isEmpty ? ["-"] : item.edges
        case "namespace": [item.namespace ?? "-"]
        case "class": [item.class]
        default: [item.error]
        }
    }

    private func show(_ groups: [(name: String, count: Int64)], by group: String) -> ExitCode {
        if settings.isJSON {
            var output = JSONList()
            for (name, count) in groups {
                output.addObject { writer in
                    writer.member("group", name)
                    writer.member("deadLetters", count)
                }
            }
            output.show()
            return .ok
        }
        var table = Table(["DEAD LETTERS", group.uppercased()])
        for (name, count) in groups { table.add(["\(count)", String(name.prefix(120))]) }
        Output.text(groups.isEmpty ? "no dead letters" : table.text)
        return .ok
    }
}
