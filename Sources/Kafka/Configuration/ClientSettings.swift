/// Settings that producers, consumers and admin clients share.
public enum ClientSettings {
    public static func table(_ configuration: KafkaConfiguration) -> [KafkaSetting] {
        [
            KafkaSetting("bootstrap.servers", configuration.brokers.joined(separator: ","), "the first to ask"),
            KafkaSetting("client.id", configuration.clientID, "names this client in the brokers' logs and quotas"),
            KafkaSetting("socket.nagle.disable", "true", "small requests must not wait for each other's answers"),
            KafkaSetting("socket.keepalive.enable", "true", "finds peers that vanished without a word"),
            KafkaSetting(
                "socket.timeout.ms", configuration.requestTimeout,
                "a broker that is silent for longer is given up, and its successor looked for"),
            KafkaSetting(
                "socket.connection.setup.timeout.ms", max(.seconds(1), configuration.requestTimeout),
                "a connection that a frozen machine accepts and never answers ends as soon"),
            KafkaSetting(
                "api.version.request.timeout.ms",
                max(.milliseconds(100), min(configuration.requestTimeout, .seconds(60))),
                "the first question on a new connection, likewise"),
            KafkaSetting(
                "topic.metadata.refresh.interval.ms", 30_000,
                "new partitions of a topic are seen within half a minute"),
            KafkaSetting("reconnect.backoff.ms", 100, "a restarted broker is found again soon"),
            KafkaSetting("reconnect.backoff.max.ms", 2_000, "and a long outage is not answered by a storm"),
            KafkaSetting("allow.auto.create.topics", "false", "topics come from their definitions, never from a typo"),
            KafkaSetting("topic.metadata.propagation.max.ms", 10_000, "a topic unknown for longer is a missing one"),
            KafkaSetting("log.queue", "true", "log lines are taken from a queue: no callback from foreign threads"),
            KafkaSetting("log.connection.close", "false", "brokers close idle connections as a matter of course"),
        ]
    }
}
