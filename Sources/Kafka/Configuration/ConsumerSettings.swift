/// The consumer's settings.
public enum ConsumerSettings {
    public static func table(_ tuning: ConsumerTuning, group: String) -> [KafkaSetting] {
        membership(tuning, group) + positions(tuning) + fetching(tuning)
    }

    private static func membership(_ tuning: ConsumerTuning, _ group: String) -> [KafkaSetting] {
        // group.instance.id stays unset: the library may commit assignments that a static member has lost.
        [
            KafkaSetting("group.id", group, "whose offsets are committed and who shares the partitions"),
            KafkaSetting(
                "partition.assignment.strategy", "range",
                "partition p of every topic has one owner; the cooperative strategies have open bugs"),
            KafkaSetting("session.timeout.ms", tuning.sessionTimeout, "how long a silent member keeps its partitions"),
            KafkaSetting(
                "heartbeat.interval.ms", tuning.heartbeatInterval,
                "a rebalance waits for every member's next beat; several fit into a session"),
            KafkaSetting(
                "max.poll.interval.ms", max(tuning.pollIntervalMax, tuning.sessionTimeout),
                "a loop that stops polling loses its partitions"),
        ]
    }

    private static func positions(_ tuning: ConsumerTuning) -> [KafkaSetting] {
        [
            KafkaSetting("enable.auto.commit", "false", "an offset is committed when its work is done"),
            KafkaSetting("enable.auto.offset.store", "false", "commits carry explicit offsets with their metadata"),
            KafkaSetting("auto.offset.reset", "error", "a lost position is an error to decide on, not a silent skip"),
            KafkaSetting(
                "isolation.level", tuning.readsUncommitted ? "read_uncommitted" : "read_committed",
                "aborted transactions of others are not read"),
            KafkaSetting("check.crcs", "true", "cheap, and a damaged batch must not be acted on"),
            KafkaSetting(
                "enable.partition.eof", String(tuning.reportsEndOfPartition), "tells when all has been read"),
        ]
    }

    private static func fetching(_ tuning: ConsumerTuning) -> [KafkaSetting] {
        [
            KafkaSetting(
                "queued.min.messages", tuning.queuedRecordsMin,
                "a full queue is not filled for a second, so it must hold more than a second of work"),
            KafkaSetting(
                "queued.max.messages.kbytes", tuning.queuedKilobytesMax,
                "counts for each partition once the queues are split"),
            KafkaSetting("fetch.wait.max.ms", tuning.fetchWaitMax, "then even too little is answered"),
            KafkaSetting("fetch.min.bytes", tuning.fetchBytesMin, "what is worth an answer at once"),
            KafkaSetting("fetch.error.backoff.ms", 100, "a moved leader is found again soon"),
            KafkaSetting("fetch.message.max.bytes", tuning.fetchBytesMax, "no partition starves the others"),
            KafkaSetting("statistics.interval.ms", tuning.statisticsInterval, "the numbers behind the metrics"),
        ]
    }
}
