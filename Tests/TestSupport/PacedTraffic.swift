public import Runtime

/// Requests at a steady pace, spread over many namespaces.
///
/// Beside them, if asked for, one namespace publishes far more than all the others, in bursts.
public struct PacedTraffic: Sendable {
    public struct Noise: Sendable {
        public var namespace = "noisy"
        /// Requests a second in a burst.
        public var rate = 500
        public var burst = Duration.seconds(1)
        /// From the beginning of one burst to that of the next.
        public var period = Duration.seconds(3)

        public init() {}

        /// When the request of that number is due.
        func time(_ number: Int) -> Duration {
            let perBurst = Int(Double(rate) * (burst / .seconds(1)))
            return period * (number / perBurst) + .seconds(1) * (number % perBurst) / rate
        }
    }

    public var rate: Int
    public var duration: Duration
    public var namespaces = 100
    public var noise: Noise?

    /// - Parameter rate: requests a second, the noise not counted.
    public init(rate: Int, duration: Duration) {
        self.rate = rate
        self.duration = duration
    }

    public struct Published: Sendable {
        public struct Request: Sendable {
            /// When it was due, whether or not the publisher came to it then, …
            public var dueAt: MonotonicTime
            /// … and its number at the publisher, who knows when Kafka had stored it.
            public var number: Int
        }

        public var requests: [Request] = []
        public var noise = 0

        public var count: Int { requests.count + noise }
    }

    public func namespace(of number: Int) -> String { "shop-\(number % namespaces)" }

    /// Publishes everything; the tags are `prefix-number`, and `prefix-noise-number` in the noisy namespace.
    ///
    /// - Parameters:
    ///   - noisy: of the noise, which is another service's.
    ///   - interruptions: what is done meanwhile, in the order of its times from the beginning on.
    public func publish(
        _ prefix: String, with publisher: RequestPublisher, noisy: RequestPublisher,
        interruptions: [(time: Duration, body: () throws -> Void)] = []
    ) throws -> Published {
        var published = Published()
        var interruptions = interruptions[...]
        let begin = MonotonicTime.now()
        while true {
            let next = Duration.seconds(1) * published.requests.count / rate
            guard next < duration else { break }
            let nextNoise = noise.map { $0.time(published.noise) } ?? next
            let due = min(next, nextNoise)
            if let interruption = interruptions.first, interruption.time <= due {
                try interruption.body()
                interruptions.removeFirst()
            }
            publisher.takeDeliveries(until: begin + due)
            if let noise, nextNoise < next {
                try noisy.publish(namespace: noise.namespace, tag: "\(prefix)-noise-\(published.noise)")
                published.noise += 1
            } else {
                let number = published.requests.count
                let index = try publisher.publish(namespace: namespace(of: number), tag: "\(prefix)-\(number)")
                published.requests.append(Published.Request(dueAt: begin + next, number: index))
            }
        }
        try publisher.finish()
        try noisy.finish()
        return published
    }
}
