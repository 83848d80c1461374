internal import Basics
internal import HTTP
internal import Invalidations

/// Reads Varnish's answer to a purge: the status line says what was purged.
enum VarnishAnswer {
    static func outcome(of response: HTTPClientResponse, to call: EdgeCall) -> CallOutcome {
        let method = call.method
        switch response.status {
        case 200: return success(response, call)
        case 201..<300: return misunderstood(response, call)
        case 403, 405:
            return .target(
                "\(StatusFailures.text(of: response)): is this worker's address in the VCL's list of purgers, "
                    + "and does the VCL know \(method)?",
                status: response.status)
        case 404, 501:
            return .target(
                "\(StatusFailures.text(of: response)): the VCL does not answer \(method) itself; "
                    + "see Examples/edges/varnish.vcl",
                status: response.status)
        default: return StatusFailures.outcome(of: response)
        }
    }

    /// A VCL that does not know purges lets the origin answer them; that must not count.
    private static func success(_ response: HTTPClientResponse, _ call: EdgeCall) -> CallOutcome {
        // HTTP/2 has no words in its status line; the body of the shipped VCL repeats them.
        let words = response.reason.isEmpty ? response.body.prefix(200) : ArraySlice(response.reason.utf8)
        let text = words.map(\.asciiLowercased)
        guard knownBeginnings.contains(where: text.starts(with:)) else { return misunderstood(response, call) }
        return .acknowledged(objects: sum(ofNumbersIn: text))
    }

    private static func misunderstood(_ response: HTTPClientResponse, _ call: EdgeCall) -> CallOutcome {
        let message =
            "\(StatusFailures.text(of: response)): this is not Varnish's answer to \(call.method), which begins with "
            + "\"Purged\" or \"Banned\"; see Examples/edges/varnish.vcl"
        return UnclearAnswers.outcome(message, status: response.status, to: call)
    }

    private static let knownBeginnings = [
        "purged", "invalidated", "banned", "ban added", "soft purged", "softpurged", "expired",
    ].map { Array($0.utf8) }

    /// "Purged 2 objects, expired 1 objects" is 3; nil without numbers.
    private static func sum(ofNumbersIn text: [UInt8]) -> Int? {
        var sum: Int?
        var number: Int?
        for byte in text + [0x20] {
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                number = min((number ?? 0) * 10 + Int(digit), 1 << 40)
            } else if let known = number {
                sum = (sum ?? 0) + known
                number = nil
            }
        }
        return sum
    }
}
