import Invalidations
import TestSupport
import Testing

/// Status fold: the same row in any order of progress.
struct StatusFoldTests {
    @Test func anyOrderAndRepetitionGivesTheSameRecord() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let progressLog = RandomProgress.progressLog(using: &random)
            let expected = Self.fold(progressLog)
            var shuffled = progressLog + progressLog.filter { _ in Bool.random(using: &random) }
            shuffled.shuffle(using: &random)
            #expect(Self.fold(shuffled) == expected)
        }
    }

    @Test func partialFoldsJoinToTheWhole() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let progressLog = RandomProgress.progressLog(using: &random)
            var parts = progressLog.map { StatusRecord($0) }
            parts += RandomProgress.publications(of: progressLog[0], using: &random)
            let whole = parts.dropFirst().reduce(parts[0]) { StatusFold.join($0, $1) }
            while parts.count > 1 {
                let left = parts.remove(at: Int.random(in: 0..<parts.count, using: &random))
                let right = parts.remove(at: Int.random(in: 0..<parts.count, using: &random))
                let joined = StatusFold.join(left, right)
                #expect(StatusFold.join(right, left) == joined)
                #expect(StatusFold.join(joined, right) == joined)
                parts.append(joined)
            }
            #expect(parts.first == whole)
        }
    }

    @Test func edgesBeyondTheLimitAreLeftOutAlikeInAnyOrder() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        let id = RequestID(at: RandomProgress.epoch, using: &random)
        let progressLog = (0..<16).map { _ in
            RandomProgress.of(
                id, edges: (0..<100).map { _ in "edge-\(Int.random(in: 0..<900, using: &random))" }, using: &random)
        }
        let expected = try #require(Self.fold(progressLog))
        // Compared outside of #expect, which would print records of hundreds of edges.
        let (count, omitsEdges, status) = (expected.edges.count, expected.omitsEdges, expected.status)
        #expect(count == Limits.edges)
        #expect(omitsEdges)
        #expect(status != .completed)
        for _ in 0..<20 {
            let isSame = Self.fold(progressLog.shuffled(using: &random)) == expected
            #expect(isSame)
        }
    }

    @Test func aFailureGoesWithTheStateItBelongsTo() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let failure = EdgeFailure(failureClass: "transient", message: "503", attempts: 2)
        let deferred = Self.progress(id, [Progress.Edge("a", .deferred, failure: failure)])
        let purged = Self.progress(id, [Progress.Edge("a", .purged)])
        let before = try #require(Self.fold([deferred]))
        #expect(before.failures == ["a": failure])
        #expect(before.errors.map(\.description) == ["a: 503"])
        let after = try #require(Self.fold([deferred, purged]))
        #expect(after.failures.isEmpty)
        #expect(after.errors.isEmpty)
    }

    @Test func whatWaitsHasNotFailed() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let wait = EdgeFailure(failureClass: EdgeFailure.waitingClass, message: "waits for b", attempts: 3)
        let failure = EdgeFailure(failureClass: "transient", message: "503", attempts: 1)
        let waiting = Self.progress(id, [Progress.Edge("a", .deferred, failure: wait)])
        let failed = Self.progress(id, [Progress.Edge("a", .deferred, failure: failure)])
        let record = try #require(Self.fold([waiting]))
        #expect(record.failures == ["a": wait] && record.errors.isEmpty)
        for order in [[waiting, failed], [failed, waiting]] {
            #expect(Self.fold(order)?.failures == ["a": failure], "its own failure tells more")
        }
    }

    @Test func theMostObjectsThatAnyPurgeFoundAreTold() throws {
        let id = RequestID(at: RandomProgress.epoch)
        func purged(_ objects: UInt32?, _ generation: UInt32 = 0) -> Progress {
            Self.progress(id, [Progress.Edge("a", .purged, objects: objects)], generation: generation)
        }
        // A purge that was sent again after a crash finds nothing any more, and an old process may say nothing.
        #expect(Self.fold([purged(3), purged(0), purged(nil)])?.cells.first?.objects == 3)
        #expect(Self.fold([purged(0), purged(nil)])?.cells.first?.outcome == .absent)
        #expect(Self.fold([purged(nil)])?.cells.first?.outcome == .purged)
        // A later generation's purge counts anew.
        #expect(Self.fold([purged(3), purged(0, 1)])?.cells.first?.outcome == .absent)
        let mixed = try #require(
            Self.fold([
                Self.progress(
                    id,
                    [
                        Progress.Edge("a", .purged, objects: 2), Progress.Edge("b", .purged, objects: 0),
                        Progress.Edge("c", .skipped), Progress.Edge("d", .accepted),
                    ])
            ]))
        #expect(mixed.status == .completed && mixed.completedEdges == 4)
        #expect(mixed.objects == 2 && mixed.absentEdges == 1 && mixed.skippedEdges == 1)
        #expect(mixed.cells.map(\.outcome) == [.purged, .absent, .skipped, .accepted])
        #expect(Self.fold([purged(nil)])?.objects == nil)
    }

    @Test func aRequestThatFailedAsAWholeHasFailedWhateverItsEdges() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let reason = RequestFailure(failureClass: "unroutable", message: "no edge serves it")
        var unroutable = Self.progress(id, [])
        unroutable.failure = reason
        // The gateway had told of edges that the worker does not have.
        let queued = Self.progress(id, [Progress.Edge("a", .queued)])
        for progressLog in [[unroutable], [queued, unroutable], [unroutable, queued]] {
            let record = try #require(Self.fold(progressLog))
            #expect(record.status == .failed)
            #expect(record.errors.map(\.description) == ["no edge serves it"])
            #expect(record.errors.first?.failureClass == "unroutable")
        }
        // A redrive starts anew.
        let redriven = Self.progress(id, [Progress.Edge("a", .purged)], generation: 1)
        #expect(Self.fold([redriven, queued, unroutable])?.status == .completed)
        #expect(Self.fold([redriven, queued, unroutable])?.errors.isEmpty == true)
    }

    @Test func anOpenRequestIsSilentAfterADay() throws {
        let day: Int64 = 86_400_000
        let open = try #require(Self.fold([Self.progress(RequestID(at: RandomProgress.epoch), [.init("a", .queued)])]))
        #expect(!open.isSilent(at: RandomProgress.epoch + day))
        #expect(open.isSilent(at: RandomProgress.epoch + (day + 1)))
        let done = try #require(Self.fold([Self.progress(RequestID(at: RandomProgress.epoch), [.init("a", .purged)])]))
        #expect(!done.isSilent(at: RandomProgress.epoch + (day + 1)))
    }

    @Test func noPublishersClockPutsARequestAboveWhatCameLater() throws {
        var progress = Self.progress(RequestID(at: RandomProgress.epoch), [.init("a", .queued)])
        let epoch = RandomProgress.epoch
        let cases: [(requestedAt: Timestamp, listedAt: Timestamp)] = [
            (epoch + 7_000_000_000, epoch), (epoch + -9, epoch + -9), (Timestamp(milliseconds: .max), epoch),
            (Timestamp(milliseconds: 0), Timestamp(milliseconds: 0)),
        ]
        for (requestedAt, listedAt) in cases {
            progress.requestedAt = requestedAt
            #expect(StatusRecord(progress).listedAt == listedAt)
        }
    }

    @Test func aNewGenerationOutranksTheDead() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let dead = Self.progress(id, [Progress.Edge("a", .dead), Progress.Edge("b", .purged)])
        let redrive = Self.progress(id, [Progress.Edge("a", .queued)], generation: 1)
        let done = Self.progress(id, [Progress.Edge("a", .purged)], generation: 1)
        #expect(Self.fold([dead])?.status == .failed)
        #expect(Self.fold([redrive, dead])?.status == .processing)
        #expect(Self.fold([done, dead, redrive])?.status == .completed)
    }

    @Test func earlierTriesStayWithTheirReasons() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let failure = EdgeFailure(failureClass: "permanent", message: "400", attempts: 3)
        let dead = Self.progress(id, [.init("a", .dead, failure: failure), .init("b", .purged)])
        let redriven = Self.progress(id, [.init("a", .purged)], generation: 1)
        let expected = EarlierTry(edge: "a", cell: .init(generation: 0, state: .dead), failure: failure)
        for progressLog in [[dead, redriven], [redriven, dead]] {
            let record = try #require(Self.fold(progressLog))
            #expect(record.earlierTries == [expected])
            // They are history: the status is that of the latest try.
            #expect(record.status == .completed && record.errors.isEmpty && record.failures.isEmpty)
        }
    }

    @Test func theLatestEarlierTriesAreKept() throws {
        let id = RequestID(at: RandomProgress.epoch)
        let tries = (0...9).map { number in
            var progress = Self.progress(id, [.init("a", .dead)], generation: UInt32(number))
            progress.failure = RequestFailure(failureClass: "unroutable", message: "try \(number)")
            return progress
        }
        let record = try #require(Self.fold(tries.shuffled()))
        #expect(record.cells.map(\.generation) == [9])
        #expect(record.earlier.map(\.cell.generation) == [8, 7, 6, 5, 8, 7, 6, 5])
        #expect(record.earlier.map(\.edge) == [nil, nil, nil, nil, "a", "a", "a", "a"])
        #expect(record.earlier.first?.failure?.message == "try 8")
        // A whole failure that a later try has outranked is history, too.
        let redriven = Self.progress(id, [.init("a", .purged)], generation: 10)
        let latest = try #require(Self.fold(tries + [redriven])?.earlierTries.first)
        #expect(latest.edge == nil && latest.cell.generation == 9 && latest.failure?.message == "try 9")
    }

    @Test func aReplayIsKnownByItsRunAndARedriveIsNot() throws {
        let id = RequestID(at: RandomProgress.epoch)
        var replay = Self.progress(id, [.init("a", .dead)])
        replay.run = "run-1"
        var redrive = Self.progress(id, [.init("a", .purged)], generation: 1)
        redrive.run = "run-2"
        #expect(Self.fold([redrive, replay])?.run == "run-1")
        #expect(Self.fold([redrive])?.run == nil)
    }

    static let statuses: [([EdgeState], RequestStatus)] = [
        ([], .failed), ([.queued], .queued), ([.queued, .queued], .queued), ([.queued, .purged], .processing),
        ([.sending], .processing), ([.deferred], .processing), ([.queued, .dead], .processing),
        ([.purged, .accepted, .verified, .absorbed], .completed), ([.purged, .dead], .failed),
        ([.expired], .failed), ([.cancelled, .purged], .failed), ([.purged, .skipped], .completed),
        ([.queued, .skipped], .queued), ([.sending, .skipped], .processing), ([.skipped, .dead], .failed),
    ]

    @Test(arguments: statuses) func theStatusFollowsFromTheCells(_ states: [EdgeState], _ status: RequestStatus) throws
    {
        let id = RequestID(at: RandomProgress.epoch)
        let edges = states.enumerated().map { Progress.Edge("edge-\($0)", $1) }
        let record = try #require(Self.fold([Self.progress(id, edges)]))
        #expect(record.status == status)
        #expect(record.totalEdges == states.count)
        #expect(record.completedEdges == states.count { $0.isSuccess })
        #expect((record.progress == 1) == (status == .completed))
        #expect(record.errors.isEmpty == (status != .failed && !states.contains(.dead)))
        #expect(record.cell(of: "edge-0")?.state == states.first)
    }

    @Test func ranksAreTheOrderAndRoundTrip() {
        #expect(EdgeState.allCases.sorted() == EdgeState.allCases)
        #expect(EdgeState.allCases.map { EdgeState(rank: $0.rank) } == EdgeState.allCases)
        #expect(EdgeState(rank: UInt8(EdgeState.allCases.count)) == nil)
    }

    private static func fold(_ progressLog: [Progress]) -> StatusRecord? {
        progressLog.reduce(nil as StatusRecord?) { StatusFold.apply($1, to: $0) }
    }

    private static func progress(_ id: RequestID, _ edges: [Progress.Edge], generation: UInt32 = 0) -> Progress {
        Progress(
            id: id, namespace: .default, generation: generation, requestedAt: RandomProgress.epoch,
            at: RandomProgress.epoch, source: "test", edges: edges)
    }
}

/// Progress that a worker, or an enemy, might send.
enum RandomProgress {
    static let epoch = Timestamp(milliseconds: 1_795_000_000_000)
    private static let namespaces = ["default", "shop", "news"].compactMap { Namespace($0) }

    /// Up to twelve snapshots of one request, in no sensible order.
    static func progressLog(using random: inout some RandomNumberGenerator) -> [Progress] {
        let id = RequestID(at: epoch, using: &random)
        let namespace = namespaces.randomElement(using: &random) ?? .default
        return (0..<Int.random(in: 1...12, using: &random)).map { _ in
            let names = (0..<Int.random(in: 0...5, using: &random)).map { _ in
                "edge-\(Int.random(in: 0..<4, using: &random))"
            }
            return of(id, namespace, edges: names, using: &random)
        }
    }

    /// Up to three records of the same request on invalidation topics.
    static func publications(
        of progress: Progress, using random: inout some RandomNumberGenerator
    ) -> [StatusRecord] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
            var invalidation = Invalidation(
                id: progress.id, namespace: progress.namespace, selectors: Selectors(tags: ["a"]),
                priority: Priority.allCases.randomElement(using: &random) ?? .normal,
                requestedAt: epoch + Int64.random(in: 0...2, using: &random),
                source: [nil, "a", "b"].randomElement(using: &random) ?? nil)
            if Bool.random(using: &random) { invalidation.implausibleTime = epoch + -1 }
            if Bool.random(using: &random) { invalidation.notBefore = epoch + 1 }
            let key = KeyOnRecord(
                "k\(Int.random(in: 0...1, using: &random))", digest: String(repeating: "0", count: 32))
            return StatusRecord(
                invalidation, publishedAt: epoch + Int64.random(in: 0...1, using: &random), idempotencyKey: key)
        }
    }

    static func of(
        _ id: RequestID, _ namespace: Namespace = .default, edges: [String],
        using random: inout some RandomNumberGenerator
    ) -> Progress {
        Progress(
            id: id, namespace: namespace,
            // More tries than are kept of one edge, now and then.
            generation: [0, 0, 0, 1, 1, 2, 3, 4, 5, 6].randomElement(using: &random) ?? 0,
            run: [nil, "run-1", "run-2"].randomElement(using: &random) ?? nil,
            requestedAt: epoch + Int64.random(in: 0...2, using: &random),
            at: epoch + Int64.random(in: 0...1_000, using: &random), source: "worker-1",
            origin: Bool.random(using: &random)
                ? Progress.Origin(topic: "t", partition: 1, offset: Int64.random(in: 0...9, using: &random)) : nil,
            edges: edges.map { name in
                Progress.Edge(
                    name, EdgeState.allCases.randomElement(using: &random) ?? .queued,
                    failure: Bool.random(using: &random) ? failure(using: &random) : nil,
                    objects: [nil, 0, 1, 300, UInt32.max].randomElement(using: &random) ?? nil)
            }, failure: Int.random(in: 0..<4, using: &random) == 0 ? wholeFailure(using: &random) : nil)
    }

    private static func wholeFailure(using random: inout some RandomNumberGenerator) -> RequestFailure {
        RequestFailure(
            failureClass: ["undecodable", "unroutable"].randomElement(using: &random) ?? "",
            message: ["no edge", "a \"quote\"", ""].randomElement(using: &random) ?? "")
    }

    private static func failure(using random: inout some RandomNumberGenerator) -> EdgeFailure {
        EdgeFailure(
            failureClass: ["permanent", "transient"].randomElement(using: &random) ?? "",
            // The two spellings of one letter: equal as characters, different as bytes.
            message: ["401 \"Unauthorized\"", "\u{E9}", "e\u{301}", ""].randomElement(using: &random) ?? "",
            attempts: UInt32.random(in: 0...2, using: &random))
    }
}
