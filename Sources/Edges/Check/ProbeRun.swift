internal import HTTP
internal import Invalidations

/// The way of one probe through its calls. Where the edge has yet to prove itself, the marker's page is fetched
/// first, so that there is something to purge, and once more afterwards: it must not come from the cache.
struct ProbeRun {
    let probe: EdgeProbe
    private var step: Step
    private let edge: EdgeConfiguration
    private(set) var failure: PurgeFailure?

    private enum Step {
        case before, purge, after, done
    }

    init(_ probe: EdgeProbe, at edge: EdgeConfiguration, fetches: Bool) {
        self.probe = probe
        self.edge = edge
        step = fetches && probe.fetch != nil ? .before : .purge
        fetchesPage = step == .before
    }

    private let fetchesPage: Bool

    /// The call to make now; nil when the probe is over.
    var call: EdgeCall? {
        switch step {
        case .before, .after: probe.fetch
        case .purge: probe.purge
        case .done: nil
        }
    }

    /// For that call. All calls of a probe together take no longer than one call may.
    var timeout: Duration {
        guard fetchesPage else { return edge.timeout }
        return step == .purge ? edge.timeout / 2 : edge.timeout / 4
    }

    mutating func record(_ result: HTTPClientResult) {
        switch step {
        case .before:
            step = .purge
        case .purge:
            if case .failed(var found, _) = edge.outcome(of: result, for: probe.purge) {
                (found.kinds, found.isShared) = (probe.kinds, false)
                failure = found
            }
            step = failure == nil && fetchesPage ? .after : .done
        case .after:
            // A page that cannot be fetched, or says nothing, proves nothing: then the answer must do.
            if case .response(let response) = result, edge.adapter.isHit(response) { failure = stillThere }
            step = .done
        case .done: break
        }
    }

    private var stillThere: PurgeFailure {
        PurgeFailure(
            .permanentTarget,
            "\(probe.purge.method) is acknowledged, but the page \(probe.fetch?.url ?? "") that it should have taken "
                + "is still in the cache: \(probe.hint)",
            kinds: probe.kinds, isShared: false)
    }
}

extension EdgeConfiguration {
    /// The probes of what the edge takes.
    func probes(_ token: String) -> [EdgeProbe] {
        adapter.probes(token, namespace: markerNamespace).compactMap { probe in
            var probe = probe
            probe.kinds = probe.kinds.intersection(accepts)
            return probe.kinds.isEmpty ? nil : probe
        }
    }

    /// One that the edge serves.
    private var markerNamespace: Namespace {
        for case .exactly(let name) in namespaces {
            if let namespace = Namespace(name) { return namespace }
        }
        return .default
    }
}
