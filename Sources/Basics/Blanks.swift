/// Blanks around values of header fields: spaces and tabs (RFC 9110, section 5.6.3).
extension StringProtocol {
    /// The text without blanks at either end.
    public var trimmingBlanks: Substring {
        var text = Substring(self)
        while text.utf8.first == 0x20 || text.utf8.first == 0x09 { text = text.dropFirst() }
        while text.utf8.last == 0x20 || text.utf8.last == 0x09 { text = text.dropLast() }
        return text
    }
}
