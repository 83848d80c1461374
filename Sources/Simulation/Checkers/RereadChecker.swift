/// What an earlier owner committed as finished above the watermark is not taken up again.
final class RereadChecker: Checker {
    let name = "rereading"

    func see(_ observation: Observation, in world: World) {
        guard case .taken(let worker, let record, let isOpened) = observation, isOpened else { return }
        if worker.finishedBefore[world.log.index(record.source)].contains(record.offset) {
            violation(
                world,
                "\(worker.name) takes up \(world.name(record.source)) \(record.offset), which was committed as finished"
            )
        }
    }
}
