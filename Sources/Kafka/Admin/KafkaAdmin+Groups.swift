internal import CKafka

// Members and lag of a consumer group.
extension KafkaAdmin {
    /// A consumer group as its coordinator knows it; one without members where there is none.
    ///
    /// By the library's older question to all brokers: the newer one (`DescribeConsumerGroups`) aborts the process in
    /// 2.0.2 when the coordinator goes away meanwhile.
    ///
    /// - Throws: `timedOut`, or what the brokers answer, such as that this client may not describe groups.
    public func describeGroup(_ name: String, timeout: Duration = .seconds(5)) throws(KafkaError) -> GroupDescription {
        var list: UnsafePointer<rd_kafka_group_list>?
        let code = rd_kafka_list_groups(client.handle, client.naming.onCluster(name), &list, timeout.milliseconds)
        defer { if let list { rd_kafka_group_list_destroy(list) } }
        rd_kafka_poll(client.handle, 0)
        guard let list, list.pointee.group_cnt > 0 else {
            // Some brokers were silent, of which one may know the group.
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR else { throw client.explained(code, "group \(name)") }
            return GroupDescription(state: .dead, members: [])
        }
        try check(list.pointee.groups[0].err, "group \(name)")
        return GroupDescription(list.pointee.groups[0], client.naming)
    }
}

/// Who is in a consumer group, and what the group does.
public struct GroupDescription: Hashable, Sendable {
    public enum State: String, Hashable, Sendable {
        case unknown, stable, empty, dead
        /// Members are waited for: until each has joined again, or its session has ended.
        case preparingRebalance = "preparing a rebalance"
        case completingRebalance = "completing a rebalance"
    }

    public struct Member: Hashable, Sendable {
        public let clientID: String
        public let host: String
        /// Which one it is, for people: several may have the same client id.
        public var name: String { clientID + host }
        /// What the group has given it to read; none while it is being given out.
        public let partitions: [TopicPartition]

        public init(clientID: String, host: String, partitions: [TopicPartition] = []) {
            (self.clientID, self.host, self.partitions) = (clientID, host, partitions)
        }
    }

    public let state: State
    public let members: [Member]

    public init(state: State, members: [Member]) {
        self.state = state
        self.members = members
    }
}

extension GroupDescription {
    fileprivate init(_ native: rd_kafka_group_info, _ naming: TopicNaming) {
        state =
            switch text(native.state) {
            case "PreparingRebalance": .preparingRebalance
            case "CompletingRebalance", "AwaitingSync": .completingRebalance
            case "Stable": .stable
            case "Dead": .dead
            case "Empty": .empty
            default: .unknown
            }
        members = UnsafeBufferPointer(start: native.members, count: Int(native.member_cnt)).map { member in
            let bytes = UnsafeRawBufferPointer(
                start: member.member_assignment, count: Int(max(0, member.member_assignment_size)))
            return GroupDescription.Member(
                clientID: text(member.client_id), host: text(member.client_host),
                partitions: MemberAssignment.partitions(bytes).compactMap { partition in
                    naming.own(partition.topic).map { TopicPartition($0, partition.partition) }
                })
        }
    }
}

private func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
