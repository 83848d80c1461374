internal import Basics
public import Caches
public import Invalidations
public import Kafka

// Key, value and headers of a record. The value is the publisher's bytes, never encoded anew.
extension WriteRecord {
    /// Key of the record: the namespace has no NUL, so no two pairs make the same key.
    public static func recordKey(_ namespace: Namespace, _ key: CacheKey) -> [UInt8] {
        Array(namespace.name.utf8) + [0] + key.bytes
    }

    package var recordKey: [UInt8] { Self.recordKey(namespace, key) }

    /// Nil for a delete.
    package var recordValue: [UInt8]? {
        if case .set(let value, _, _) = change { value.bytes } else { nil }
    }

    /// The time comes last: a record whose headers were cut off lacks it, and is refused.
    package var headers: [KafkaHeader] {
        var headers: [KafkaHeader] = []
        if case .set(_, _, let lifetime) = change {
            headers.append(KafkaHeader(Header.fresh, Self.text(lifetime.fresh)))
            if lifetime.staleWhileRevalidate > .zero {
                headers.append(KafkaHeader(Header.staleWhileRevalidate, Self.text(lifetime.staleWhileRevalidate)))
            }
            if lifetime.staleIfError > .zero {
                headers.append(KafkaHeader(Header.staleIfError, Self.text(lifetime.staleIfError)))
            }
        }
        switch details.condition {
        case .version(let version):
            headers.append(KafkaHeader(Header.ifVersion, "\(version.generation):\(version.offset)"))
        case .absent: headers.append(KafkaHeader(Header.ifVersion, Self.absent))
        case nil: break
        }
        if let key = details.idempotencyKey { headers.append(KafkaHeader(Header.idempotencyKey, key)) }
        if let fingerprint = details.fingerprint {
            headers.append(KafkaHeader(Header.fingerprint, FingerprintText.text(fingerprint)))
        }
        if case .set(_, let tags, _) = change, !tags.isEmpty {
            headers.append(KafkaHeader(Header.tags, tags.joined(separator: ",")))
        }
        headers.append(KafkaHeader(Header.writtenAt, details.writtenAt.text))
        return headers
    }

    /// Reads a record that anybody may have written.
    ///
    /// - Parameters:
    ///   - key: nil where the record has none; likewise the value.
    ///   - headers: as far as they were read. Those of other names mean nothing.
    public init(
        key: [UInt8]?, value: [UInt8]?, headers: [KafkaHeader]
    ) throws(WriteRecordError) {
        guard let key, let end = key.firstIndex(of: 0) else { throw .keyIsMissing }
        guard let text = String(validating: key[..<end], as: UTF8.self), let namespace = Namespace(text) else {
            throw .namespaceIsNotAllowed
        }
        let entryKey: CacheKey
        do throws(CacheInputError) {
            entryKey = try CacheKey(Array(key[(end + 1)...]))
        } catch {
            throw .keyIsNotAllowed(error)
        }
        let reader = try HeaderReader(headers)
        guard let time = reader.text(Header.writtenAt) else { throw .headerIsMissing(Header.writtenAt) }
        guard let writtenAt = Timestamp(time) else { throw .headerIsWrong(Header.writtenAt) }
        let details = WriteDetails(
            writtenAt: writtenAt, condition: try reader.condition(), idempotencyKey: reader.text(Header.idempotencyKey),
            fingerprint: try reader.fingerprint())
        let change = try Self.change(value, reader)
        try self.init(namespace: namespace, key: entryKey, change: change, details: details)
    }

    private static func change(
        _ value: [UInt8]?, _ reader: HeaderReader
    ) throws(WriteRecordError) -> PendingWrite.Change {
        guard let value else { return .delete }
        guard let fresh = try reader.duration(Header.fresh) else { throw .headerIsMissing(Header.fresh) }
        let lifetime = Lifetime(
            fresh: fresh, staleWhileRevalidate: try reader.duration(Header.staleWhileRevalidate) ?? .zero,
            staleIfError: try reader.duration(Header.staleIfError) ?? .zero)
        let tags = reader.text(Header.tags).map { $0.split(separator: ",", omittingEmptySubsequences: false) } ?? []
        do throws(CacheInputError) {
            return .set(try CacheValue(value), tags: tags.map(String.init), lifetime: lifetime)
        } catch {
            throw .valueIsTooLarge
        }
    }

    private static let absent = "absent"

    private static func text(_ duration: Duration) -> String { String(duration.nanoseconds) }

    /// Headers of a record by name, each of them text.
    private struct HeaderReader {
        private var texts: [String: String] = [:]

        /// The last one of a name counts.
        init(_ headers: [KafkaHeader]) throws(WriteRecordError) {
            for header in headers where Self.names.contains(header.name) {
                guard let text = header.value.flatMap({ String(validating: $0, as: UTF8.self) }) else {
                    throw .headerIsWrong(header.name)
                }
                texts[header.name] = text
            }
        }

        private static let names: Set = [
            Header.fresh, Header.staleWhileRevalidate, Header.staleIfError, Header.ifVersion, Header.idempotencyKey,
            Header.fingerprint, Header.tags, Header.writtenAt,
        ]

        func text(_ name: String) -> String? { texts[name] }

        func duration(_ name: String) throws(WriteRecordError) -> Duration? {
            guard let text = texts[name] else { return nil }
            guard let number: Int64 = Self.number(text[...]) else { throw .headerIsWrong(name) }
            return .nanoseconds(number)
        }

        func condition() throws(WriteRecordError) -> VersionCondition? {
            guard let text = texts[Header.ifVersion] else { return nil }
            if text == WriteRecord.absent { return .absent }
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let generation: UInt32 = Self.number(parts[0]),
                let offset: Int64 = Self.number(parts[1])
            else { throw .headerIsWrong(Header.ifVersion) }
            return .version(LogVersion(generation: generation, offset: offset))
        }

        func fingerprint() throws(WriteRecordError) -> WriteFingerprint? {
            guard let text = texts[Header.fingerprint] else { return nil }
            guard let fingerprint = FingerprintText.fingerprint(text) else { throw .headerIsWrong(Header.fingerprint) }
            return fingerprint
        }

        /// Decimal digits alone: no sign, no blanks.
        private static func number<N: FixedWidthInteger>(_ text: Substring) -> N? {
            text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? N(text) : nil
        }
    }
}
