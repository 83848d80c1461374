internal import Runtime

/// What is counted of live streams.
struct StreamMetrics: Sendable {
    let sent: Counter
    /// Streams of clients that read too slowly.
    let dropped: Counter
    let resets: Counter
    /// Not opened, because there were too many.
    let refused: Counter
    let ringBytes: Gauge
    /// Records that the tail has not read yet.
    let lag: Gauge

    init(_ registry: MetricsRegistry) {
        sent = registry.counter("cachesync_gateway_stream_events_total", help: "Events given to live streams.")
        dropped = registry.counter(
            "cachesync_gateway_streams_dropped_total", help: "Live streams ended because their client read too slowly.")
        resets = registry.counter(
            "cachesync_gateway_stream_resets_total", help: "Live streams that were told that they have missed events.")
        refused = registry.counter(
            "cachesync_gateway_streams_refused_total", help: "Live streams refused because too many were open.")
        ringBytes = registry.gauge(
            "cachesync_gateway_stream_ring_bytes", help: "Memory of the events that live streams can resume from.")
        lag = registry.gauge(
            "cachesync_gateway_stream_lag_records", help: "Records that the tail behind live streams has not read.")
    }
}
