import Invalidations
import Kafka
import Runtime

// What the cluster watch finds while partitions are read.
extension RecordSource {
    /// Nobody answers this at once: `wake` is called, from another thread, when `takeFindings` has something to say.
    package func look(wake: @escaping @Sendable () -> Void) {
        guard let observer, !isLeaving else { return }
        var question = ClusterQuestion(assignment: assignmentNumber, group: configuration.group)
        for partition in partitions {
            guard let mark = partition.mark else { continue }
            question.positions[topics[partition.source]] = ClusterQuestion.Position(next: partition.next, mark: mark)
        }
        observer.ask(question, wake: wake)
    }

    /// Takes in what the watch found.
    ///
    /// - Returns: nil when it has found nothing out since.
    func takeFindings() -> ClusterFindings? {
        guard let findings = observer?.takeFindings() else { return nil }
        if findings.assignment == assignmentNumber {
            for (partition, offset) in findings.goneBack {
                guard let source = topics.source(of: partition), let index = indices[source] else { continue }
                log.error(
                    "where older records were read stand newer ones: the log is another one",
                    ["kafka.partition": partition, "position": partitions[index].next, "newer.from": offset])
                distrusted[source] = offset
            }
            for (partition, anchor) in findings.anchors {
                guard let source = topics.source(of: partition), let index = indices[source] else { continue }
                partitions[index].mark?.anchor = anchor
            }
        }
        if let counts = findings.partitionCounts { check(counts) }
        return findings
    }

    /// Said once, not at each look; the next rebalance refuses to go on with such topics.
    private func check(_ counts: [String: Int]) {
        do throws(WorkerError) {
            try CoPartitioning.check(counts, of: topics)
            topicsFault = nil
        } catch {
            if topicsFault != error { log.error("the topics do not fit together", ["error": "\(error)"]) }
            topicsFault = error
        }
    }
}
