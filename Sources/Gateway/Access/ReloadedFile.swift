internal import Runtime
internal import Synchronization

/// Value of a file, which is read again when the file has changed.
///
/// A file that can't be read any more, or is wrong, leaves the value as it was.
final class ReloadedFile<Value: Sendable>: Sendable {
    enum Outcome {
        case same
        case changed(from: Value, to: Value)
        /// Told once for each change.
        case faulty(String)
    }

    private struct State {
        var value: Value
        var mark: FileMark?
    }

    let path: String
    private let read: @Sendable (String) throws -> Value
    private let state: Mutex<State>

    init(_ path: String, _ read: @escaping @Sendable (String) throws -> Value) throws {
        self.path = path
        self.read = read
        // Before the file is read: what changes meanwhile is found the next time.
        let mark = FileMark(path: path)
        state = Mutex(State(value: try read(path), mark: mark))
    }

    var value: Value { state.withLock { $0.value } }

    var isReadableByOthers: Bool { state.withLock { $0.mark?.isReadableByOthers ?? false } }

    /// Looks at the file; reads it if it is another than before. For one thread.
    func refresh() -> Outcome {
        let mark = FileMark(path: path)
        guard state.withLock({ $0.mark }) != mark else { return .same }
        do {
            let value = try read(path)
            let before = state.withLock { state in
                defer { state = State(value: value, mark: mark) }
                return state.value
            }
            return .changed(from: before, to: value)
        } catch {
            state.withLock { $0.mark = mark }
            return .faulty("\(error)")
        }
    }
}
