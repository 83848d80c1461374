internal import Dispatch
internal import Edges
internal import HTTP
internal import Runtime
internal import Synchronization

/// Asks the processes of workers for their metrics.
///
/// A gateway apart from them knows nothing of edges by itself, and a console asks the gateway alone.
final class WorkerMetrics: Sendable {
    /// A name may be that of several.
    private static let processesMax = 256
    private static let timeout = Duration.seconds(2)
    /// Beyond, a process that was not asked yet counts as away.
    private static let patience = Duration.seconds(5)
    /// Each of a few that look at the same time gets the same answer.
    private static let lifetime = Duration.seconds(1)
    private static let bytesMax = 1 << 20

    private struct Known {
        let text: String
        let askedAt: MonotonicTime
    }

    private let workers: [HostPort]
    private let last = Mutex<Known?>(nil)

    init(_ workers: [HostPort]) { self.workers = workers }

    /// Blocks until all have answered, or their time is over.
    ///
    /// - Returns: the series of all processes, each with the label `instance`.
    func ask() -> HTTPResponse {
        let known = last.withLock { $0 }
        let text: String
        if let known, MonotonicTime.now() - known.askedAt < Self.lifetime {
            text = known.text
        } else {
            text = askAll()
            last.withLock { $0 = Known(text: text, askedAt: .now()) }
        }
        return HTTPResponse(
            status: 200, headers: [("Content-Type", MetricsRegistry.contentType), ("Cache-Control", "no-store")],
            body: Array(text.utf8))
    }

    private func askAll() -> String {
        let deadline = MonotonicTime.now() + Self.patience
        let all = Set(workers.flatMap(Self.processes)).sorted { $0.description < $1.description }
        let processes = Array(all.prefix(Self.processesMax))
        let answers = Mutex([String?](repeating: nil, count: processes.count))
        DispatchQueue.concurrentPerform(iterations: processes.count) { index in
            guard MonotonicTime.now() < deadline, let text = Self.ask(processes[index]) else { return }
            answers.withLock { $0[index] = text }
        }
        var merged = MergedMetrics()
        for (process, answer) in zip(processes, answers.withLock { $0 }) {
            merged.add(answer, of: "\(process)")
        }
        return merged.text
    }

    /// Behind a name without an address is nobody now: the name itself is told as away.
    private static func processes(_ worker: HostPort) -> [HostPort] {
        let addresses = EdgeNames.addresses(worker.host)
        return addresses.isEmpty ? [worker] : addresses.map { HostPort(host: $0, port: worker.port) }
    }

    private static func ask(_ process: HostPort) -> String? {
        let request = HTTPClientRequest(
            url: "http://\(process)/metrics", timeout: timeout, version: .http1, responseBytesMax: bytesMax)
        guard let answer = try? HTTPFetch.perform(request), answer.status == 200 else { return nil }
        return String(decoding: answer.body, as: UTF8.self)
    }
}
