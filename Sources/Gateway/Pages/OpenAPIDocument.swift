internal import Foundation

/// OpenAPI 3.1 document of the gateway, made from the routes that serve.
struct OpenAPIDocument {
    private typealias Object = [String: Any]

    let access: AccessPolicy
    /// The address under which clients reach the gateway; empty where it is not known.
    let base: String

    var bytes: [UInt8] {
        var paths: Object = [:]
        for route in Route.all {
            var item: Object = [:]
            for method in route.documentedMethods { item[method.lowercased()] = operation(route, method) }
            paths[route.path] = item
        }
        var document: Object = [
            "openapi": "3.1.0",
            "info": [
                "title": "Cache Sync gateway", "version": "1",
                "description": "Publishes what is stale, and tells how far each edge has forgotten it.",
            ],
            "paths": paths,
            "components": [
                "schemas": Schemas.all(),
                "securitySchemes": [
                    "publisher": [
                        "type": "http", "scheme": "bearer",
                        "description": "gateway.token, or a key or signed token with the scope publish or read.",
                    ],
                    "operator": [
                        "type": "http", "scheme": "bearer",
                        "description": "gateway.operatorToken, or a key or signed token with the scope operate.",
                    ],
                    "certificate": [
                        "type": "mutualTLS",
                        "description": "A client certificate of gateway.clientCertificates with the scope.",
                    ],
                ],
            ],
        ]
        if !base.isEmpty { document["servers"] = [["url": base]] }
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? JSONSerialization.data(withJSONObject: document, options: options)).map { Array($0) } ?? []
    }

    private func operation(_ route: Route, _ method: String) -> Object {
        let text = CallText(route, method)
        var operation: Object = [
            "summary": text.summary, "operationId": Self.identifier(route, method), "tags": [Self.tag(of: route)],
            "responses": Self.responses(text), "security": security(of: route),
        ]
        let parameters = Self.parameters(route, method, text)
        if !parameters.isEmpty { operation["parameters"] = parameters }
        if let body = text.body { operation["requestBody"] = Self.body(body) }
        return operation
    }

    private func security(of route: Route) -> [Object] {
        guard let scope = route.scope, !access.isOpen(scope) else { return [] }
        var schemes = scope == .publish || scope == .read || scope == [] ? ["publisher", "operator"] : ["operator"]
        if access.knowsCertificates { schemes.append("certificate") }
        return schemes.map { [$0: [String]()] }
    }

    private static func parameters(_ route: Route, _ method: String, _ text: CallText) -> [Object] {
        let path = route.pathParameters.map { name -> Object in
            ["name": name, "in": "path", "required": true, "schema": ParameterSchema.path(name, of: route)]
        }
        let query = (route.parameters(of: method) ?? []).map { name -> Object in
            ["name": name, "in": "query", "schema": ParameterSchema.query(name, of: route)]
        }
        let headers = text.headers.map { name -> Object in
            ["name": name, "in": "header", "schema": ParameterSchema.header(name)]
        }
        return path + query + headers
    }

    private static func body(_ schema: String) -> Object {
        var content: Object = ["application/json": ["schema": reference(schema)]]
        if schema == "Publish" {
            content["application/x-ndjson"] = ["schema": ["type": "string", "description": "A request a line."]]
        }
        return ["required": true, "content": content]
    }

    private static func responses(_ text: CallText) -> Object {
        var responses: Object = [
            "default": [
                "description": "A problem: its type is the address of a page that says what to do.",
                "content": ["application/problem+json": ["schema": reference("Problem")]],
            ]
        ]
        for answer in text.answers {
            var response: Object = ["description": answer.meaning]
            if let schema = answer.schema {
                response["content"] = [answer.mediaType: ["schema": reference(schema)]]
            } else if answer.status != 204, answer.status != 304 {
                response["content"] = [answer.mediaType: Object()]
            }
            responses["\(answer.status)"] = response
        }
        return responses
    }

    private static func reference(_ schema: String) -> Object { ["$ref": "#/components/schemas/\(schema)"] }

    /// Such as `get_status_id`.
    private static func identifier(_ route: Route, _ method: String) -> String {
        let words = route.path.split { "/{}.".contains($0) }
        return ([method.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    private static func tag(of route: Route) -> String {
        switch route.scope {
        case nil: "about the gateway"
        case .some(.publish), .some(.read), .some([]): "publishers"
        default: "operators"
        }
    }
}
