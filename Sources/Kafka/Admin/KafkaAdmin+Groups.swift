internal import CKafka

extension KafkaAdmin {
    /// A consumer group as its coordinator knows it.
    ///
    /// - Throws: `timedOut`, or what the coordinator answers, such as that this client may not describe groups.
    public func describeGroup(_ name: String, timeout: Duration = .seconds(5)) throws(KafkaError) -> GroupDescription {
        let request = try AdminRequest(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, client, timeout: timeout)
        client.naming.onCluster(name).withCString { group in
            var groups: [UnsafePointer<CChar>?] = [group]
            rd_kafka_DescribeConsumerGroups(client.handle, &groups, 1, request.options, request.answers.pointer)
        }
        return try request.answer("group \(name)") { (event) throws(KafkaError) in
            var count = 0
            let result = rd_kafka_event_DescribeConsumerGroups_result(event)
            guard let group = rd_kafka_DescribeConsumerGroups_result_groups(result, &count)?[0], count == 1 else {
                throw .failed(.unsupported, "group \(name): no answer")
            }
            if let error = rd_kafka_ConsumerGroupDescription_error(group),
                rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR
            {
                throw .failed(KafkaErrorCode(rd_kafka_error_code(error)), "group \(name)")
            }
            return GroupDescription(group)
        }
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

        public init(clientID: String, host: String) {
            self.clientID = clientID
            self.host = host
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
    fileprivate init(_ native: OpaquePointer) {
        state =
            switch rd_kafka_ConsumerGroupDescription_state(native) {
            case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE: .preparingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE: .completingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE: .stable
            case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD: .dead
            case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY: .empty
            default: .unknown
            }
        members = (0..<rd_kafka_ConsumerGroupDescription_member_count(native)).compactMap { index in
            rd_kafka_ConsumerGroupDescription_member(native, index).map { member in
                GroupDescription.Member(
                    clientID: text(rd_kafka_MemberDescription_client_id(member)),
                    host: text(rd_kafka_MemberDescription_host(member)))
            }
        }
    }
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
