internal import Caches
internal import Invalidations
internal import JSON

/// The operations of one batch, each of which may be refused for itself.
struct BatchBody: Sendable {
    enum Operation: Sendable {
        case get(EntryTarget)
        case set(EntryTarget, StoreBody, WriteCondition)
        case delete(EntryTarget, WriteCondition)
        case invalidate(Namespace, SelectorsBody)

        var namespace: Namespace {
            switch self {
            case .get(let target), .set(let target, _, _), .delete(let target, _): target.namespace
            case .invalidate(let namespace, _): namespace
            }
        }

        /// The entry that it is about; nil where that is many.
        var target: EntryTarget? {
            switch self {
            case .get(let target), .set(let target, _, _), .delete(let target, _): target
            case .invalidate: nil
            }
        }

        /// The entry that it may change; nil where that is none, or many.
        var written: EntryTarget? {
            switch self {
            case .set(let target, _, _), .delete(let target, _): target
            case .get, .invalidate: nil
            }
        }

        /// Whether it means many keys.
        var invalidates: Bool { if case .invalidate = self { true } else { false } }
    }

    let operations: [Result<Operation, CallRefusal>]
    /// The same as they came.
    let texts: [ArraySlice<UInt8>]

    /// - Parameters:
    ///   - namespace: of operations that name none.
    ///   - rules: of a namespace.
    init(
        _ root: JSONValue, _ bytes: ArraySlice<UInt8>, namespace: Namespace, rules: (Namespace) -> NamespaceRules
    ) throws(CallRefusal) {
        guard root.kind == .array else { throw CallRefusal(400, "The body must be a list of operations") }
        guard root.count <= CacheLimits.batchOperations else {
            throw CallRefusal(413, "A batch has at most \(CacheLimits.batchOperations) operations")
        }
        let ranges = JSONRange.elements(of: bytes, max: CacheLimits.batchOperations)
        var operations: [Result<Operation, CallRefusal>] = []
        root.forEachElement { element in
            guard operations.count < ranges.count else { return }
            let slice = bytes[ranges[operations.count]]
            operations.append(Self.read(element, slice, namespace, rules))
        }
        self.operations = operations
        texts = ranges.map { bytes[$0] }
    }

    private static func read(
        _ object: JSONValue, _ bytes: ArraySlice<UInt8>, _ namespace: Namespace, _ rules: (Namespace) -> NamespaceRules
    ) -> Result<Operation, CallRefusal> {
        do {
            return .success(try operation(object, bytes, namespace, rules))
        } catch let refusal as CallRefusal {
            return .failure(refusal)
        } catch let error as CacheInputError {
            return .failure(CallRefusal(error))
        } catch {
            return .failure(CallRefusal(400, "\(error)"))
        }
    }

    private static func operation(
        _ object: JSONValue, _ bytes: ArraySlice<UInt8>, _ namespace: Namespace, _ rules: (Namespace) -> NamespaceRules
    ) throws -> Operation {
        guard object.kind == .object else { throw CallRefusal(400, "An operation must be an object") }
        let named = try object.text("namespace").map { try EntryTarget.namespace($0) } ?? namespace
        switch object["op"]?.string {
        case "invalidate": return .invalidate(named, try SelectorsBody(object))
        case "get": return .get(try target(object, named))
        case "delete": return .delete(try target(object, named), try condition(object))
        case "set":
            let target = try target(object, named)
            let body = try StoreBody(object, bytes, target.key, rules(named))
            guard body.invalidate == nil else {
                throw CallRefusal(
                    400, "invalidate is not served in a batch: send POST /cache, or publish at the gateway")
            }
            return .set(target, body, try condition(object))
        default: throw CallRefusal(400, "op must be get, set, delete or invalidate")
        }
    }

    private static func target(_ object: JSONValue, _ namespace: Namespace) throws(CallRefusal) -> EntryTarget {
        try EntryTarget(key: try object.text("key"), namespace: namespace.name)
    }

    /// One that cannot be read is refused: a write without it would overwrite what it was to protect.
    private static func condition(_ object: JSONValue) throws(CallRefusal) -> WriteCondition {
        WriteCondition(match: try object.text("ifMatch"), noneMatch: try object.text("ifNoneMatch"))
    }
}
