import HTTP

/// Answers as the parser reads them from bytes that come in pieces.
struct ParserRun: Equatable {
    private(set) var answers: [String] = []
    private(set) var fault: AnswerFault?
    /// The last answer has no end.
    private(set) var isIncomplete = false

    /// - Parameters:
    ///   - cuts: where one piece ends and the next begins.
    ///   - heads: answers to HEAD, by their index.
    init(_ bytes: [UInt8], cuts: [Int] = [], bodyBytesMax: Int = 64 << 10, heads: Set<Int> = []) {
        var parser = AnswerParser()
        var unread: [UInt8] = []
        let ends = cuts + [bytes.count]
        for (start, end) in zip([0] + cuts, ends) {
            unread += bytes[start..<end]
            var position = 0
            unread.withUnsafeBytes { piece in
                while position < piece.count, fault == nil {
                    if parser.isIdle {
                        parser.begin(
                            isHead: heads.contains(answers.count), bodyBytesMax: bodyBytesMax, keepsHeader: true)
                    }
                    do throws(AnswerFault) {
                        guard try parser.read(piece, from: &position) else { break }
                        answers.append(Self.text(parser))
                    } catch {
                        fault = error
                    }
                }
            }
            unread.removeFirst(position)
        }
        isIncomplete = !parser.isIdle || !unread.isEmpty
    }

    init(_ text: String, bodyBytesMax: Int = 64 << 10, heads: Set<Int> = []) {
        self.init(Array(text.utf8), bodyBytesMax: bodyBytesMax, heads: heads)
    }

    private static func text(_ parser: AnswerParser) -> String {
        var parser = parser
        let response = parser.takeResponse(now: 0)
        let fields = response.header.fields.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return "\(response.status) \(response.reason) [\(fields)] \(response.text)\(parser.closes ? " closes" : "")"
    }
}
