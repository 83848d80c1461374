/// What tells a client's write from all others, for when it is sent again.
public struct WriteFingerprint: Hashable, Sendable {
    /// Of who sends it, and under which key.
    public let name: UInt128
    /// Of what is written.
    public let content: UInt128

    public init(name: UInt128, content: UInt128) {
        self.name = name
        self.content = content
    }
}
