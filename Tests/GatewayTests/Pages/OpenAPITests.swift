import Foundation
import Gateway
import TestSupport
import Testing
import TopicCatalogue

/// Tests of the description of all calls: what it names is served, and what is served it names.
@Suite(.timeLimit(.minutes(2)))
struct OpenAPITests {
    private static func document(_ gateway: GatewayFixture) throws -> [String: Any] {
        let answer = try RawHTTP.get(gateway.port, "/openapi.json")
        #expect(answer.status == 200 && answer.header("Content-Type") == "application/json")
        return answer.object
    }

    private static func operations(_ document: [String: Any]) -> [(path: String, method: String, [String: Any])] {
        let paths = document["paths"] as? [String: [String: [String: Any]]] ?? [:]
        return paths.flatMap { path, item in item.map { (path, $0.key.uppercased(), $0.value) } }
    }

    /// An address that the template describes.
    private static func address(_ path: String) -> String {
        path.replacing("/status/{id}", with: "/status/0190a1b2-0000-7000-8000-000000000000")
            .replacing("{id}", with: "run-1").replacing("{name}", with: "not-found")
            .replacing("{partition}/{offset}", with: "0/0")
    }

    @Test func whatItNamesIsServed() throws {
        let gateway = try GatewayFixture()
        let operations = Self.operations(try Self.document(gateway))
        #expect(operations.count >= 20)
        for (path, method, operation) in operations {
            let target = Self.address(path)
            let body = ["GET", "DELETE"].contains(method) ? nil : "{"
            let answer =
                try body.map { body in
                    method == "PATCH"
                        ? try RawHTTP.patch(gateway.port, body, to: target)
                        : try RawHTTP.post(gateway.port, body, to: target)
                } ?? RawHTTP.get(gateway.port, target, method: target.hasSuffix("/events") ? "HEAD" : method)
            let type = answer.string("type")
            #expect(type != "/problems/not-found" && type != "/problems/method-not-allowed", "\(method) \(path)")
            #expect(body == nil || answer.status == 400, "\(method) \(path): \(answer)")
            #expect((operation["summary"] as? String)?.isEmpty == false, "\(method) \(path)")
            // Parameters that are named are known, and the others are not.
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            for parameter in parameters where parameter["in"] as? String == "query" {
                let name = try #require(parameter["name"] as? String)
                let answer = try RawHTTP.get(gateway.port, "\(target)?\(name)=%01", method: method)
                #expect(answer.string("title") != "Unknown parameter", "\(method) \(path) \(name)")
            }
        }
    }

    @Test func whatIsServedItNames() throws {
        let gateway = try GatewayFixture()
        let document = try Self.document(gateway)
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        for (path, item) in paths {
            let answer = try RawHTTP.get(gateway.port, Self.address(path), method: "OPTIONS")
            #expect(answer.status == 204, "\(path)")
            let served = answer.header("Allow")?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            let told = Set(item.keys.map { $0.uppercased() })
            #expect(Set(served ?? []).subtracting(["HEAD", "OPTIONS"]) == told, "\(path)")
        }
        let known = [
            "/invalidate", "/invalidate/{id}", "/status", "/status/{id}", "/status/{id}/events", "/events", "/replays",
            "/replays/{id}", "/dead",
            "/dead/{partition}/{offset}",
            "/dead/{partition}/{offset}/value", "/dead/export", "/dead/redrive", "/dead/discard", "/health/live",
            "/health/ready", "/metrics", "/metrics/workers", "/openapi.json", "/docs", "/problems", "/problems/{name}",
        ]
        #expect(known.allSatisfy { paths[$0] != nil })
    }

    /// What a validator of OpenAPI 3.1 demands of a document such as this one.
    @Test func itIsSound() throws {
        let gateway = try GatewayFixture { $0.publicURL = "https://purge.example/" }
        let document = try Self.document(gateway)
        #expect(document["openapi"] as? String == "3.1.0")
        #expect((document["servers"] as? [[String: String]]) == [["url": "https://purge.example"]])
        let schemas = try #require((document["components"] as? [String: Any])?["schemas"] as? [String: Any])
        let request = try #require(schemas["Request"] as? [String: Any])
        let schema = try #require(
            TopicCatalogue.schemaFiles.first { $0.path == "schemas/invalidation.schema.json" })
        let contract = try JSONSerialization.jsonObject(with: Data(schema.bytes)) as? [String: Any]
        let fields = try #require(contract?["properties"] as? [String: Any])
        #expect(Set(try #require(request["properties"] as? [String: Any]).keys) == Set(fields.keys))
        #expect(request["required"] == nil)
        for reference in Self.references(document) {
            var value: Any? = document
            for name in reference.dropFirst(2).split(separator: "/") {
                value = (value as? [String: Any])?[String(name)]
            }
            #expect(reference.hasPrefix("#/") && value is [String: Any], "\(reference)")
        }
        var identifiers: Set<String> = []
        for (path, method, operation) in Self.operations(document) {
            #expect(identifiers.insert(operation["operationId"] as? String ?? "").inserted, "\(method) \(path)")
            let parameters = operation["parameters"] as? [[String: Any]] ?? []
            let named = parameters.filter { $0["in"] as? String == "path" }
            #expect(named.allSatisfy { $0["required"] as? Bool == true })
            let braces = path.split(separator: "/").filter { $0.hasPrefix("{") }.map { $0.dropFirst().dropLast() }
            #expect(named.compactMap { $0["name"] as? String } == braces.map(String.init), "\(path)")
            #expect(parameters.allSatisfy { $0["schema"] is [String: Any] }, "\(path)")
            let responses = try #require(operation["responses"] as? [String: [String: Any]])
            #expect(responses["default"] != nil && responses.keys.contains { $0.hasPrefix("2") }, "\(path)")
            #expect(responses.values.allSatisfy { $0["description"] is String }, "\(path)")
        }
    }

    private static func references(_ value: Any) -> [String] {
        if let object = value as? [String: Any] {
            return object.flatMap { $0.key == "$ref" ? [$0.value as? String ?? ""] : references($0.value) }
        }
        return (value as? [Any] ?? []).flatMap { references($0) }
    }

    @Test func itSaysWhichTokenOpensACall() throws {
        let gateway = try GatewayFixture {
            $0.tokens = ["publisher"]
            $0.operatorTokens = ["operator"]
        }
        let paths = try #require(try Self.document(gateway)["paths"] as? [String: [String: [String: Any]]])
        func tokens(_ path: String, _ method: String) -> Set<String> {
            Set((paths[path]?[method]?["security"] as? [[String: Any]] ?? []).flatMap(\.keys))
        }
        #expect(tokens("/invalidate", "post") == ["publisher", "operator"])
        #expect(tokens("/replays", "post") == ["operator"])
        #expect(tokens("/health/live", "get").isEmpty && tokens("/docs", "get").isEmpty)
        let open = try GatewayFixture()
        let calls = Self.operations(try Self.document(open))
        #expect(calls.allSatisfy { ($0.2["security"] as? [Any])?.isEmpty == true })
    }

    @Test func peopleReadItWithoutScripts() throws {
        let gateway = try GatewayFixture { $0.publicURL = "https://a.example/\"><b" }
        let answer = try RawHTTP.get(gateway.port, "/docs")
        #expect(answer.status == 200 && answer.header("Content-Type") == "text/html; charset=utf-8")
        #expect(answer.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
        #expect(answer.text.contains("POST /invalidate") && answer.text.contains("PATCH /replays/{id}"))
        #expect(!answer.text.contains("<script") && !answer.text.contains("\"><b"))
        #expect(try RawHTTP.get(gateway.port, "/docs", method: "HEAD").status == 200)
    }
}
