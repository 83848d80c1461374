internal import Invalidations
internal import TopicCatalogue

/// Which topic a request is published on.
enum RequestTopic {
    static func name(of priority: Priority) -> String {
        switch priority {
        case .high: TopicName.high
        case .normal: TopicName.normal
        case .low: TopicName.low
        }
    }
}
