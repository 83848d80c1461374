import Edges
import Invalidations
import Runtime
import TestSupport
import Testing

/// Tests of names of edges.
@Suite struct EdgeNameTests {
    /// The resolver of the machine knows these from /etc/hosts or by rule: one address of each kind at most.
    @Test(arguments: ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://nobody.invalid"])
    func oneAddressOrNoneIsFine(_ text: String) throws {
        let address = try #require(EdgeAddress(text))
        var edge = edge(NginxAdapter(address: address), at: address)
        edge.addresses = .single
        #expect(throws: Never.self) { try EdgeNames.check([edge]) }
    }

    @Test(arguments: [
        (["10.0.0.1"], true), (["10.0.0.1", "::1"], true), ([], true), (["10.0.0.1", "10.0.0.2"], false),
        (["::1", "::2"], false), (["10.0.0.1", "::1", "::2"], false),
    ])
    func severalAddressesOfAKindAreSeveralCaches(_ found: [String], _ isFine: Bool) throws {
        let address = try #require(EdgeAddress("http://cache.example:6081"))
        var edge = edge(VarnishAdapter(address: address), at: address)
        edge.addresses = .single
        let lookup: @Sendable (String) -> [String] = { $0 == "cache.example" ? found : [] }
        if isFine {
            #expect(throws: Never.self) { try EdgeNames.check([edge], lookup: lookup) }
        } else {
            let error = #expect(throws: ConfigurationError.self) { try EdgeNames.check([edge], lookup: lookup) }
            #expect(error?.description.contains("list each address as an edge of its own") == true)
            edge.addresses = .any
            #expect(throws: Never.self) { try EdgeNames.check([edge], lookup: lookup) }
        }
    }
}
