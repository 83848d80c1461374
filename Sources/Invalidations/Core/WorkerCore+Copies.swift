// Of several copies of a deferral one is followed.
extension WorkerCore {
    /// The parts that no other copy of the deferral is followed for.
    mutating func targets(of note: RetryNote, _ place: Int) -> [Target] {
        let elsewhere = note.parts.map { isElsewhere($0, note, place) }
        // An outer cache needs the inner ones beside it, to wait for them.
        let isWhole = hasLayers && elsewhere.contains(false)
        var targets: [Target] = []
        for (part, isCovered) in zip(note.parts, elsewhere) where isWhole || !isCovered {
            let edge = edgePlaces[part.edge]
            var target = Target(edge: edge, step: part.step, name: part.step.name(of: part.edge))
            target.attempts = part.attempts
            target.failure = note.lastFailure
            target.state = .deferred
            if let edge { desks[edge].parked += 1 }
            targets.append(target)
        }
        return targets
    }

    /// Whether another copy is followed for that part: one in hand, or a later one.
    private func isElsewhere(_ part: RetryNote.Part, _ note: RetryNote, _ place: Int) -> Bool {
        let time = fault == .dropNewestCopy ? note.deferredAt + -1 : note.deferredAt
        if let edge = edgePlaces[part.edge],
            recentDeferrals.isDone(.init(note.origin, id(place), edge: edge, part.step), putOffAt: time)
        {
            return true
        }
        guard let other = retriesInHand[note.origin], id(other) == id(place) else { return false }
        // What that one has put off is not in its hands any more: this may be the very deferral.
        let name = part.step.name(of: part.edge)
        return records[other].targets.contains { $0.stage != .settled && $0.name == name }
    }

    /// A copy that was put off after another one had ended stands in a line where nobody will end it.
    mutating func clearLines(_ place: Int, _ note: RetryNote) {
        guard !settings.strictNamespaces.isEmpty else { return }
        for part in note.parts where part.step == .first {
            guard let edge = edgePlaces[part.edge],
                recentDeferrals.hasEnded(.init(note.origin, id(place), edge: edge, .first)),
                let line = strictLine(place, edge: edge), !records[place].targets.contains(where: { $0.edge == edge })
            else { continue }
            moveOn(note.origin.offset, line)
        }
    }
}
