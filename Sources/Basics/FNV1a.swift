/// FNV-1a in 32 bits: the same on every machine, for marks that tell apart what differs by mistake. It resists nobody.
public enum FNV1a {
    public static func hash(_ text: String) -> UInt32 {
        text.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
