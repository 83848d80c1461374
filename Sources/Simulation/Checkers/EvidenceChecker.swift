internal import Invalidations

/// Nothing lost, and honest status: a worker that reports a purge can point at one that names all of the
/// request's selectors, is as hard, started after the request was made, and was acknowledged.
final class EvidenceChecker: Checker {
    let name = "evidence"

    func see(_ observation: Observation, in world: World) {
        guard case .report(let worker, let report) = observation, let request = world.oracle.request(report.attempt),
            !request.isCancel
        else { return }
        for edge in report.edges where edge.state.isSuccess && edge.state != .skipped {
            guard let part = world.oracle.part(named: edge.name) else {
                return violation(world, "\(request.name) is reported at \(edge.name), which is no edge")
            }
            guard !request.parts[part].isSuccessProved else { continue }
            guard world.oracle.isPurged(request, part: part) else {
                return violation(
                    world,
                    "\(worker.name) reports \(request.name) as \(edge.state.rawValue) at \(edge.name), and no "
                        + "acknowledged purge proves it")
            }
            request.parts[part].isSuccessProved = true
        }
    }
}
