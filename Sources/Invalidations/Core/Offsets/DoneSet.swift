/// Which records above the watermark are finished, as it travels in the metadata of a commit.
public enum DoneSet {
    /// Three quarters of what a broker takes by default (`offset.metadata.max.bytes`, 4,096).
    public static let bytesMax = 3_072
}
