import Dispatch
import Runtime
import Testing

/// Tests of metrics.
struct MetricsTests {
    private let registry = MetricsRegistry()

    @Test func expositionIsPrometheusText() {
        registry.counter(
            "b_total", help: "Counts \\ things\nof two lines", labels: ["edge": "a\"b\\c\nd", "kind": "x"]
        )
        .increment(by: 3)
        _ = registry.counter("b_total", help: "ignored", labels: ["edge": "z", "kind": "x"])
        registry.gauge("a_level", help: "Level").set(-1.5)
        registry.gauge("c_ratio", help: "Ratio", labels: ["of": "x"]) { .infinity }
        #expect(
            registry.exposition() == """
                # HELP a_level Level
                # TYPE a_level gauge
                a_level -1.5
                # HELP b_total Counts \\\\ things\\nof two lines
                # TYPE b_total counter
                b_total{edge="a\\"b\\\\c\\nd",kind="x"} 3
                b_total{edge="z",kind="x"} 0
                # HELP c_ratio Ratio
                # TYPE c_ratio gauge
                c_ratio{of="x"} +Inf

                """)
        #expect(MetricsRegistry.contentType.hasPrefix("text/plain; version=0.0.4"))
    }

    @Test func histogramsCumulate() {
        let histogram = registry.histogram("h_seconds", help: "H", buckets: [0.1, 1], labels: ["edge": "a"])
        for value in [0.05, 0.1, 0.5, 2, .nan] { histogram.observe(value) }
        histogram.observe(.milliseconds(250))
        #expect(histogram.count == 5)
        #expect(abs(histogram.sum - 2.9) < 1e-9)
        let lines = registry.exposition().split(separator: "\n").dropFirst(2).dropLast(2)
        #expect(
            Array(lines) == [
                "h_seconds_bucket{edge=\"a\",le=\"0.1\"} 2",
                "h_seconds_bucket{edge=\"a\",le=\"1\"} 4",
                "h_seconds_bucket{edge=\"a\",le=\"+Inf\"} 5",
            ])
        #expect(registry.exposition().contains("h_seconds_count{edge=\"a\"} 5\n"))
        _ = registry.histogram("plain", help: "P", buckets: [1])
        #expect(registry.exposition().contains("plain_bucket{le=\"1\"} 0\n"))
    }

    @Test func theSameNameAndLabelsAreTheSameMetric() {
        let first = registry.counter("c", help: "C", labels: ["a": "1"])
        #expect(registry.counter("c", help: "C", labels: ["a": "1"]) === first)
        #expect(registry.counter("c", help: "C", labels: ["a": "2"]) !== first)
    }

    @Test func seriesAreBounded() {
        for index in 0..<(MetricsRegistry.seriesMax + 50) {
            registry.counter("c", help: "C", labels: ["id": "\(index)"]).increment()
        }
        let lines = registry.exposition().split(separator: "\n")
        #expect(lines.count == 2 + MetricsRegistry.seriesMax + 1)
        #expect(lines.last == "c{id=\"overflow\"} 50")
    }

    @Test func threadsLoseNoCount() {
        let counter = registry.counter("c", help: "C")
        let gauge = registry.gauge("g", help: "G")
        let histogram = registry.histogram("h", help: "H", buckets: [1])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            for _ in 0..<10_000 {
                counter.increment()
                gauge.add(0.5)
                histogram.observe(1)
            }
        }
        #expect(counter.value == 40_000)
        #expect(gauge.value == 20_000)
        #expect(histogram.count == 40_000 && histogram.sum == 40_000)
    }
}
