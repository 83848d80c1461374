/// Names of topics and groups: short for the program, with the installation's prefix on the cluster.
struct TopicNaming: Hashable, Sendable {
    /// Empty for none.
    let prefix: String

    func onCluster(_ name: String) -> String { prefix.isEmpty ? name : prefix + name }

    /// - Returns: nil for a topic of somebody else: its name does not begin with the prefix.
    func own(_ clusterName: String) -> String? {
        clusterName.hasPrefix(prefix) ? String(clusterName.dropFirst(prefix.count)) : nil
    }
}
