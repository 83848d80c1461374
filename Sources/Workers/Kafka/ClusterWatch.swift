import Kafka
import Runtime
import Synchronization
import TopicCatalogue

/// Cluster observer on Kafka, with a thread of its own for each look.
///
/// It looks whether a log went back, how many partitions topics have, and who is in the group.
final class ClusterWatch: ClusterObserver, Sendable {
    private struct State {
        var isAsking = false
        var findings: ClusterFindings?
        /// Metadata names all topics of the cluster: it is not asked for each time.
        var partitionCounts: [String: Int]?
        var looks = 0
    }

    /// Looks with one answer about the topics.
    private static let looksPerMetadata = 3
    private static let timeout = Duration.seconds(5)
    private static let briefTimeout = Duration.seconds(1)
    private let admin: KafkaAdmin
    private let log: Log
    private let state = Mutex(State())

    init(_ kafka: KafkaConfiguration, log: Log) throws {
        admin = try KafkaAdmin(kafka)
        self.log = log
    }

    /// Asks, unless an earlier question has no answer yet. `wake` is called, on another thread, when `takeFindings` has
    /// something.
    func ask(_ question: ClusterQuestion, wake: @escaping @Sendable () -> Void) {
        let isFree = state.withLock { state in
            defer { state.isAsking = true }
            return !state.isAsking
        }
        guard isFree else { return }
        do {
            try NamedThread.startThread("cluster-watch") { [self] in
                let findings = answer(question)
                state.withLock { state in
                    state.findings = findings
                    state.isAsking = false
                }
                wake()
            }
        } catch {
            log.warning("the cluster cannot be watched", ["error": "\(error)"])
            state.withLock { $0.isAsking = false }
        }
    }

    /// Who is in the group; nil when nobody says so soon. Waits for the answer.
    func describe(_ group: String) -> GroupDescription? {
        attempt("the group") { try admin.describeGroup(group, timeout: Self.briefTimeout) }
    }

    func takeFindings() -> ClusterFindings? {
        state.withLock { state in
            defer { state.findings = nil }
            return state.findings
        }
    }

    private func answer(_ question: ClusterQuestion) -> ClusterFindings {
        var findings = ClusterFindings(assignment: question.assignment)
        findings.partitionCounts = partitionCounts()
        if let group = question.group {
            findings.group = attempt("the group") { try admin.describeGroup(group, timeout: Self.timeout) }
        }
        findings.compare(question.positions.filter { findings.has($0.key) }) { times in
            let offsets = attempt("ends of logs") { try admin.offsets(newerThan: times, timeout: Self.timeout) }
            // A leader may have moved: metadata says where to.
            if offsets == nil { state.withLock { $0.partitionCounts = nil } }
            return offsets
        }
        return findings
    }

    private func partitionCounts() -> [String: Int]? {
        let known = state.withLock { state in
            state.looks += 1
            return state.looks % Self.looksPerMetadata == 1 ? nil : state.partitionCounts
        }
        if let known { return known }
        let counts = attempt("topics") {
            let topics = try admin.metadata(timeout: Self.timeout).topics.filter { !$0.partitions.isEmpty }
            return Dictionary(topics.map { ($0.name, $0.partitions.count) }) { $1 }
        }
        state.withLock { $0.partitionCounts = counts }
        return counts
    }

    /// Trouble with Kafka is told by those who need it: here it only means that nothing is known.
    private func attempt<R>(_ what: String, _ body: () throws -> R) -> R? {
        do {
            return try body()
        } catch {
            log.debug("the cluster does not say: \(what)", ["kafka.error": "\(error)"])
            return nil
        }
    }
}

extension ClusterFindings {
    fileprivate func has(_ partition: TopicPartition) -> Bool {
        partitionCounts?[partition.topic].map { $0 > partition.partition } ?? false
    }
}
