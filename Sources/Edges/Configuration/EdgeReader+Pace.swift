internal import Invalidations
internal import Runtime

// Reads the pace of an edge: batches, limits, account, concurrency, repeat purges.
extension EdgeReader {
    static let paceKeys = [
        "limits", "account", "linger", "layer", "layerDelay", "purgeAgainAfter", "edgesAtOnce",
    ]

    func pace(_ kind: AdapterDescriptor) throws(ConfigurationError) -> EdgePace {
        EdgePace(
            limits: try LimitsReader.read(section, defaults: kind.limitsDefault),
            account: try account(),
            linger: try section.optional("linger")?.duration(in: .zero...(.seconds(10))) ?? .zero,
            layer: try section.optional("layer")?.int(in: 0...7) ?? 0,
            layerDelay: try section.optional("layerDelay")?.duration(in: .zero...(.seconds(600))) ?? .seconds(1),
            repeatsAfter: try section.optional("purgeAgainAfter")?.duration(
                in: .milliseconds(100)...(.seconds(3_600))),
            edgesAtOnce: try edgesAtOnce(default: kind.edgesAtOnceDefault))
    }

    private func account() throws(ConfigurationError) -> Int? {
        guard let value = try section.optional("account") else { return nil }
        if let index = accounts.firstIndex(where: { $0.name == value.text }) { return index }
        let names = accounts.map(\.name)
        guard !names.isEmpty else {
            throw value.invalid("an account", hint: "list it under `accounts`, beside `edges`")
        }
        let nearest = NearestName.find(value.text, in: names)
        throw value.invalid(
            "one of the accounts " + names.prefix(10).joined(separator: ", "),
            hint: nearest.map { "did you mean \($0)?" } ?? "list it under `accounts`, beside `edges`")
    }

    private func edgesAtOnce(default: Int?) throws(ConfigurationError) -> Int? {
        guard let value = try section.optional("edgesAtOnce") else { return `default` }
        return value.text == "none" ? nil : try value.int(in: 1...EdgeList.countMax)
    }
}
