/// Words and forms that wait for their renaming or rewriting. The list only gets shorter.
enum NotRenamedYet {
    static let all: [Allowed] = words + forms

    private static let words: [Allowed] = [
        Allowed("Sources/HTTP", "flight", "not renamed yet"),
        Allowed("Sources/Simulation", "whoever", "not renamed yet"),
    ]

    private static let forms: [Allowed] = [
        Allowed("Benchmarks", "lineLength", "not rewritten yet"),
        Allowed("Examples", "lineLength", "not rewritten yet"),
        Allowed("Sources/Edges", "lineLength", "not rewritten yet"),
        Allowed("Sources/Runtime", "lineLength", "not rewritten yet"),
        Allowed("Sources/Simulation", "lineLength", "not rewritten yet"),
        Allowed("Sources/Workers", "lineLength", "not rewritten yet"),
        Allowed("Sources/cachesync", "lineLength", "not rewritten yet"),
        Allowed("Tests/IntegrationTests", "lineLength", "not rewritten yet"),
        Allowed("Tests/RuntimeTests", "lineLength", "not rewritten yet"),
        Allowed("Tests/SimulationTests", "lineLength", "not rewritten yet"),
        Allowed("Tests/TestSupport", "lineLength", "not rewritten yet"),
        Allowed("Topics/Catalogue/TopicFinding.swift", "lineLength", "not rewritten yet"),
    ]
}
