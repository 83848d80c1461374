internal import HTTP
internal import JSON
internal import Synchronization

/// Answer to a batch: waits for the answers to its items, and tells them in their order.
final class BatchAnswer: Sendable {
    private struct State {
        var items: [HTTPResponse?]
        var open: Int
    }

    private let state: Mutex<State>
    private let links: StatusLinks
    private let answer: Answer

    /// - Parameter count: of the items, at least one.
    init(count: Int, links: StatusLinks, _ answer: @escaping Answer) {
        state = Mutex(State(items: Array(repeating: nil, count: count), open: count))
        self.links = links
        self.answer = answer
    }

    /// What answers that item; the last one answers the batch.
    func item(_ index: Int) -> Answer {
        { response in
            let items = self.state.withLock { state -> [HTTPResponse]? in
                guard state.items[index] == nil else { return nil }
                state.items[index] = response
                state.open -= 1
                return state.open == 0 ? state.items.compactMap(\.self) : nil
            }
            if let items { self.answer(Self.response(items, self.links)) }
        }
    }

    private static func response(_ items: [HTTPResponse], _ links: StatusLinks) -> HTTPResponse {
        let accepted = items.count { $0.status == 202 }
        var writer = JSONWriter(capacity: 256 * items.count)
        writer.beginObject()
        writer.member("accepted", Int64(accepted))
        writer.member("refused", Int64(items.count - accepted))
        writer.key("items")
        writer.beginArray()
        for item in items { writer.raw(links.completed(item).body) }
        writer.endArray()
        writer.endObject()
        let response = HTTPResponse.json(accepted == items.count ? 202 : 207, writer.bytes)
            .with("Cache-Control", "no-store")
        let waits = items.flatMap(\.headers).compactMap { $0.0 == "Retry-After" ? Int($0.1) : nil }
        return waits.max().map { response.with("Retry-After", "\($0)") } ?? response
    }
}
