internal import HTTP
internal import Invalidations
internal import Runtime
internal import Synchronization
internal import Views

/// Holds answers until a request has ended, or a run has news.
///
/// One thread looks at the view, often while somebody waits and not at all while nobody does; it looks for an answer
/// only when the view has changed, and asks one question for all requests that are waited for. Bounded in number; each
/// waits no longer than it asked for.
final class StatusWatcher: Sendable {
    /// The answer, or nil while there is nothing to tell. When the wait is over there is an answer in any case.
    typealias Look = @Sendable (_ isOver: Bool) -> HTTPResponse?

    private struct Waiting {
        /// The request whose end is awaited; nil for what the view is not asked about together with others.
        let request: StatusService.AwaitedRequest?
        let look: Look
        let until: MonotonicTime
        let answer: Answer
    }

    private struct State {
        /// Not yet taken over by the watcher's thread.
        var arrived: [Waiting] = []
        /// All whose answers are open.
        var count = 0
        var isOpen = true
        var waker: Waker?
    }

    private let statusService: StatusService
    private let countMax: Int
    private let interval: Duration
    private let state = Mutex(State())

    init(statusService: StatusService, countMax: Int, interval: Duration) {
        self.statusService = statusService
        self.countMax = countMax
        self.interval = interval
    }

    /// How many wait.
    var count: Int { state.withLock { $0.count } }

    /// Answers when there is something to tell, or when that much time has passed.
    ///
    /// - Parameter request: whose end is awaited: until it may have come, nobody looks.
    /// - Returns: false when too many wait already; then nothing will be answered.
    func answerWhenReady(
        within time: Duration, endOf request: StatusService.AwaitedRequest? = nil, _ answer: @escaping Answer,
        _ look: @escaping Look
    ) -> Bool {
        let waiting = Waiting(request: request, look: look, until: .now() + time, answer: answer)
        let waker: Waker?? = state.withLock { state in
            guard state.isOpen, state.count < countMax else { return nil }
            state.count += 1
            state.arrived.append(waiting)
            return .some(state.waker)
        }
        guard let waker else { return false }
        waker?.wake()
        return true
    }

    /// Answers all who wait with what is known now, and takes no more.
    func close() {
        state.withLock { state in
            state.isOpen = false
            return state.waker
        }?.wake()
    }

    /// Serves until `close()`, on the calling thread.
    ///
    /// - Throws: `EventLoopError`
    func run() throws {
        let loop = try EventLoop()
        let round = Round(statusService: statusService)
        var timer: LoopTimer?
        let turn = { [unowned self, unowned loop] in
            let (arrived, isOpen) = state.withLock { state in
                defer { state.arrived = [] }
                return (state.arrived, state.isOpen)
            }
            round.waiting += arrived
            let ended = round.look(newcomers: arrived.count, endsAll: !isOpen)
            // First their slots are free, then they have their answers: a client that has one may ask again at once.
            state.withLock { $0.count -= ended.count }
            for (one, response) in ended { one.answer(response) }
            if !isOpen { return loop.stop() }
            if !round.waiting.isEmpty { timer?.schedule(after: interval) }
        }
        timer = try loop.timer(turn)
        // The handler reaches the timer and the timer holds the handler.
        defer { timer = nil }
        let waker = try loop.makeWaker(turn)
        state.withLock { $0.waker = waker }
        defer { state.withLock { $0.waker = nil } }
        // What came before there was a waker.
        waker.wake()
        loop.run()
    }

    /// Those who wait, as the watcher's thread knows them.
    private final class Round {
        var waiting: [Waiting] = []
        private let statusService: StatusService
        private var version: ViewVersion?

        init(statusService: StatusService) {
            self.statusService = statusService
        }

        /// Takes out all whose wait is over, with what there is to tell them.
        ///
        /// - Parameter newcomers: how many at the end of `waiting` have not been looked at yet.
        func look(newcomers: Int, endsAll: Bool) -> [(Waiting, HTTPResponse)] {
            guard !waiting.isEmpty else { return [] }
            let hasChanged = hasViewChanged()
            // The view may have changed between their own look and now.
            let firstAsked = hasChanged ? 0 : waiting.count - newcomers
            let overview = overview(waiting[firstAsked...])
            let now = MonotonicTime.now()
            var open: [Waiting] = []
            var ended: [(Waiting, HTTPResponse)] = []
            for (index, one) in waiting.enumerated() {
                let isOver = endsAll || one.until <= now
                let isDue = index >= firstAsked && mayEnd(one, overview)
                guard isOver || isDue else {
                    open.append(one)
                    continue
                }
                if let response = one.look(isOver) { ended.append((one, response)) } else { open.append(one) }
            }
            waiting = open
            return ended
        }

        /// - Returns: nil where the view says nothing: then each looks for itself.
        private func overview(_ asked: ArraySlice<Waiting>) -> StatusOverview? {
            let ids = Set(asked.lazy.compactMap(\.request?.id))
            return ids.isEmpty ? nil : try? statusService.overview(of: ids)
        }

        private func mayEnd(_ one: Waiting, _ overview: StatusOverview?) -> Bool {
            guard let request = one.request, let overview else { return true }
            return statusService.mayBeFinal(request, overview)
        }

        /// Without a view there is nothing to see, and nothing that changes.
        private func hasViewChanged() -> Bool {
            guard let latest = try? statusService.version() else {
                defer { version = nil }
                return version != nil
            }
            defer { version = latest }
            return version != latest
        }
    }
}
