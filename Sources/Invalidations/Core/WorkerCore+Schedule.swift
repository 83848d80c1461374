// Schedule: requests whose publisher says before which time no purge for them may start.
extension WorkerCore {
    /// Whether the request's own time has not come. It waits on the retry topics then, and no edge is asked for it.
    func isEarly(_ index: Int) -> Bool {
        guard let notBefore = records[index].invalidation?.notBefore else { return false }
        return notBefore > now.wall
    }

    /// Why a request that is read for the first time is not waited for; nil where it is, and where its time has come.
    func waitRefusal(_ index: Int) -> String? {
        guard isEarly(index), records[index].retryBox == nil || records[index].position.source.isReplay,
            let notBefore = records[index].invalidation?.notBefore
        else { return nil }
        if !canDefer { return "notBefore \(notBefore) cannot be waited for: this worker has no retry topics" }
        // What a gateway has let pass by its own clock is not refused by another one.
        guard notBefore > now.wall + Limits.notBeforeMax + bounds.clockSkew else { return nil }
        return "notBefore \(notBefore) lies more than a day ahead: redrive the request within a day of that time"
    }

    /// The retry topic that the record was read from, as far as retry rounds are counted: the wait for its own time
    /// was none.
    func roundTier(_ index: Int) -> Int? {
        guard records[index].retry?.reason != .scheduled || isEarly(index) else { return nil }
        return records[index].tier
    }
}
