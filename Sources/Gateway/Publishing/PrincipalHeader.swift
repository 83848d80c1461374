internal import Kafka
internal import Views

/// Header of a record that says who has published it through a gateway.
enum PrincipalHeader {
    static let name = PublicationDetails.principalHeader

    /// - Returns: none where nobody had to say who they are.
    static func headers(of principal: Principal) -> [KafkaHeader] {
        principal.isAuthenticated ? [KafkaHeader(name, principal.name)] : []
    }
}
