@testable import HTTP

/// Bytes of a connection with calls in a pipeline: they mean the same however the network cuts them.
enum PipelinedAnswerFuzzing {
    private static let bodyBytesMax = 1_024

    private struct Reading: Equatable {
        var statuses: [Int] = []
        var bodies: [[UInt8]] = []
        var fault: AnswerFault?
    }

    static func read(_ bytes: UnsafeRawBufferPointer) {
        let whole = reading(bytes, pieceBytes: max(1, bytes.count))
        precondition(whole.bodies.allSatisfy { $0.count <= bodyBytesMax }, "a body is beyond its bound")
        precondition(whole.statuses.allSatisfy { (200...999).contains($0) }, "an interim answer is one of a call")
        for size in [1, 7] {
            precondition(reading(bytes, pieceBytes: size) == whole, "pieces of \(size) bytes mean something else")
        }
    }

    private static func reading(_ bytes: UnsafeRawBufferPointer, pieceBytes: Int) -> Reading {
        var reading = Reading()
        var parser = AnswerParser()
        var position = 0
        var end = 0
        while end < bytes.count {
            end = min(bytes.count, end + pieceBytes)
            let known = UnsafeRawBufferPointer(rebasing: bytes[..<end])
            while position < end {
                if parser.isIdle {
                    parser.begin(
                        isHead: reading.statuses.count % 5 == 4, bodyBytesMax: bodyBytesMax, keepsHeader: true)
                }
                do throws(AnswerFault) {
                    guard try parser.read(known, from: &position) else { break }
                } catch {
                    reading.fault = error
                    return reading
                }
                let response = parser.takeResponse(now: 0)
                reading.statuses.append(response.status)
                reading.bodies.append(response.body)
            }
            precondition(end - position <= AnswerParser.lineBytesMax, "more is kept than a line")
        }
        return reading
    }
}
