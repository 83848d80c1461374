/// Words and forms that wait for their renaming or rewriting. The list only gets shorter.
enum NotRenamedYet {
    static let all: [Allowed] = words + forms + unused

    private static let words: [Allowed] = [
        Allowed(".ci", "story whoever", "not renamed yet"),
        Allowed("Benchmarks", "deferral ledger take", "not renamed yet"),
        Allowed("Examples", "aloud put-off room story", "not renamed yet"),
        Allowed("Package.swift", "word-of-the-domain", "not renamed yet"),
        Allowed("README.md", "aloud story the-rest whoever word-of-the-domain", "not renamed yet"),
        Allowed("Sources/Admin", "board room whoever", "not renamed yet"),
        Allowed(
            "Sources/Edges",
            """
            adapter-kind advice crowd let-rest letter restUntil room site takes the-rest whoever
            """,
            "not renamed yet"),
        Allowed("Sources/Gateway", "for-want-of room serve takes wait whoever", "not renamed yet"),
        Allowed(
            "Sources/HTTP",
            """
            flight intake let-rest look-through place room start take wait whoever
            """,
            "not renamed yet"),
        Allowed(
            "Sources/Invalidations/Core",
            """
            again assign carrier crowd deferral done-set flight for-want-of intake let-rest look-through \
            note park place put-off rider room take takes the-rest wait whoever
            """,
            "not renamed yet"),
        Allowed(
            "Sources/Invalidations/Invalidations.docc",
            """
            by-and-by carrier deferral intake let-rest look-through rider room the-rest visit
            """,
            "not renamed yet"),
        Allowed("Sources/Invalidations/Status", "take takes", "not renamed yet"),
        Allowed("Sources/Invalidations/Support", "look-through whoever", "not renamed yet"),
        Allowed("Sources/Invalidations/Values", "let-rest letter restUntil take", "not renamed yet"),
        Allowed("Sources/JSON", "place room", "not renamed yet"),
        Allowed(
            "Sources/Kafka",
            """
            advice assign crowd flight learn let-rest note place room start take whoever
            """,
            "not renamed yet"),
        Allowed(
            "Sources/Runtime",
            """
            advice for-want-of let-rest letter note place room start take takes the-rest wait
            """,
            "not renamed yet"),
        Allowed(
            "Sources/Simulation",
            """
            again assign bury carrier deferral desk draw facts letter look-through place put-off rider room \
            sighting site spell story take takes the-rest theme turn whoever
            """,
            "not renamed yet"),
        Allowed("Sources/Storage", "room", "not renamed yet"),
        Allowed(
            "Sources/Views",
            """
            by-and-by crowd intake note place put-off room start take wait whoever
            """,
            "not renamed yet"),
        Allowed(
            "Sources/Workers",
            """
            again aloud assign deferral intake learn let-rest letter place room start take takes the-rest \
            turn wait whoever
            """,
            "not renamed yet"),
        Allowed(
            "Sources/cachesync",
            """
            advice board deferral desk draw intake let-rest note put-off room story take takes theme visit \
            whoever
            """,
            "not renamed yet"),
        Allowed("Tests/AdminTests", "board whoever", "not renamed yet"),
        Allowed(
            "Tests/EdgesTests",
            """
            again crowd let-rest place room serve site take takes the-rest visit
            """,
            "not renamed yet"),
        Allowed("Tests/ExamplesTests", "let-rest place takes", "not renamed yet"),
        Allowed(
            "Tests/Fuzzing",
            """
            advice again deferral intake let-rest letter place restUntil the-rest
            """,
            "not renamed yet"),
        Allowed("Tests/GatewayTests", "again place room takes the-rest", "not renamed yet"),
        Allowed("Tests/HTTPTests", "KeptNote park place room serve site take the-rest", "not renamed yet"),
        Allowed(
            "Tests/IntegrationTests",
            """
            draw letter note park place site start takes the-rest whoever
            """,
            "not renamed yet"),
        Allowed(
            "Tests/InvalidationsTests",
            """
            again bury carrier deferral flight intake let-rest letter look-through place put-off rider room \
            story take takes the-rest visit
            """,
            "not renamed yet"),
        Allowed("Tests/KafkaTests", "again landing place room takes the-rest turn", "not renamed yet"),
        Allowed("Tests/RuntimeTests", "advice let-rest letter note place room takes", "not renamed yet"),
        Allowed("Tests/SimulationTests", "deferral look-through room story", "not renamed yet"),
        Allowed("Tests/StorageTests", "place takes", "not renamed yet"),
        Allowed("Tests/TestSupport", "note place room start take wait whoever", "not renamed yet"),
        Allowed("Tests/TopicCatalogueTests", "deferral letter put-off room", "not renamed yet"),
        Allowed("Tests/ViewsTests", "again place room story wait", "not renamed yet"),
        Allowed(
            "Tests/WorkersTests",
            """
            again bury deferral intake letter note outbox room start take takes the-rest turn wait
            """,
            "not renamed yet"),
        Allowed("Topics/README.md", "whoever", "not renamed yet"),
        Allowed("Topics/asyncapi.yaml", "deferral", "not renamed yet"),
    ]

    private static let forms: [Allowed] = [
        Allowed("Benchmarks", "firstSentence lineLength", "not rewritten yet"),
        Allowed("Examples", "lineLength", "not rewritten yet"),
        Allowed("README.md", "lineLength", "not rewritten yet"),
        Allowed("Sources/Edges", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Sources/Gateway", "firstSentence", "not rewritten yet"),
        Allowed("Sources/HTTP", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Sources/Invalidations/Core", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Sources/Invalidations/Invalidations.docc", "lineLength", "not rewritten yet"),
        Allowed("Sources/Invalidations/Status", "firstLine", "not rewritten yet"),
        Allowed("Sources/Invalidations/Support", "lineLength", "not rewritten yet"),
        Allowed("Sources/Invalidations/Values", "firstSentence", "not rewritten yet"),
        Allowed("Sources/Kafka", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Sources/Runtime", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Sources/Simulation", "firstSentence lineLength", "not rewritten yet"),
        Allowed("Sources/Storage", "firstSentence", "not rewritten yet"),
        Allowed("Sources/System", "lineLength", "not rewritten yet"),
        Allowed("Sources/Views", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Sources/Workers", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Sources/cachesync", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/AdminTests", "firstLine", "not rewritten yet"),
        Allowed("Tests/EdgesTests", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Tests/ExamplesTests", "firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/Fuzzing", "firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/GatewayTests", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Tests/HTTPTests", "firstLine firstSentence", "not rewritten yet"),
        Allowed("Tests/IntegrationTests", "firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/InvalidationsTests", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/JSONTests", "firstLine", "not rewritten yet"),
        Allowed("Tests/KafkaTests", "firstLine lineLength", "not rewritten yet"),
        Allowed("Tests/RuntimeTests", "firstLine lineLength", "not rewritten yet"),
        Allowed("Tests/SimulationTests", "firstLine lineLength", "not rewritten yet"),
        Allowed("Tests/StorageTests", "firstLine", "not rewritten yet"),
        Allowed("Tests/TestSupport", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Tests/TopicCatalogueTests", "firstLine", "not rewritten yet"),
        Allowed("Tests/ViewsTests", "firstLine", "not rewritten yet"),
        Allowed("Tests/WorkersTests", "firstLine firstSentence lineLength", "not rewritten yet"),
        Allowed("Topics/Catalogue", "firstLine lineLength", "not rewritten yet"),
        Allowed("Topics/README.md", "lineLength", "not rewritten yet"),
    ]

    private static let unused: [Allowed] = [
        Allowed(".ci/event_stream.py", "unusedFile", "not removed yet"),
        Allowed("Sources/HTTP/Server/RequestIntake.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Sources/HTTP/Server/ServerSentEvent.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Sources/Kafka/EmbeddedCluster.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Sources/Runtime/Metrics/Histogram.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Sources/Simulation/Group/SimulatedWorker.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Sources/Simulation/Oracle/RequestOracle.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-02e8ffb42c64", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-033a732340cf", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-067c9c9ed429", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-06ab3d99d27d", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-06dd4b5ad372", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-07c233618bf4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-09de6acc3a0c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0a04b971b03d", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0ad527102136", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0b80e5844108", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0ef1bca3f76b", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0ef5cf49343c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-0f0ea9cd86b2", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-10b8c45f25df", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-1120487621e2", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-15dd44446509", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-17f22ad661ae", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-1819c072d276", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-1a253111624c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/commit-metadata/found-1badeb3248aa", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-01781bbb0db9", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0221080034ce", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-03d4bff70bb4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-04bdbbd0a7e4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-04f33cd8a792", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-05b31318b761", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-07a2ee1a94bf", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-08e05219e164", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0a15dab9e7d8", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0aa0e4752266", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0b024bbfe84e", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0d3af63f2597", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0eb8646e4115", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-0f2801e55767", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-1121b3527465", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/found-118eada94d08", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/configuration/full.yaml", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/dead-letter-headers/found-0b58a8b8133a", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/dead-letter-headers/found-0b957461dda0", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/dead-letter-headers/found-11f4de6b8b45", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/dead-letter-headers/found-369a8a9e3c96", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-00da0a4f7fd3", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0402c6a59445", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-066235dbf38d", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-07493cc2323c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-07a6fa31e505", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0907d1c77f38", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0943a382a0b6", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0ae317afc2e9", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0ba6a06f9716", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0bb42207ea91", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/edge-answers/found-0d0742f2948b", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-003cda694105", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-013294fe0b89", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-0168e8c9c133", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-01afe923000f", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-01d97928a052", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-022489d3024c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-036e350740f4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-03b7093d6823", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-03ca2c7bfded", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-04291d0e41a4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-04b68ac3eee8", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/http-requests/found-04e92e3b7682", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-01913daa2b49", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-01a09293de10", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-052ddcd8dd72", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0551be6c1248", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-075842a4e21f", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-079a3b7e1a72", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-09e2fedaeaa4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0a29106feb81", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0a9bf4eaf82d", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0b1b35e7bd33", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0c0beda2b9c9", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0c8ebf8a66a7", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0d7382dddc9e", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0d8eb043d103", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0daf1ebeb09a", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-0e3f7761617c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-11ce41d746bd", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-1216f0375cb7", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-132268dba418", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/found-151091e96397", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/record-values/framed", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-01f2b00071d5", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-026968384959", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-02a6220dd91a", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-038f08361ff2", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-06ee4a0e7969", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-073aa2578f32", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-097cd99b20b4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-0b441d5db5c4", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-0dfe64833430", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-0e3a8459273c", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-0e6f03201a09", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Corpus/retry-headers/found-0e742e811c8b", "unusedFile", "not removed yet"),
        Allowed("Tests/Fuzzing/Fuzzing.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Tests/InvalidationsTests/Core/RetryTests.swift", "unusedDeclaration", "not removed yet"),
        Allowed("Tests/TestSupport/NginxServer.swift", "unusedDeclaration", "not removed yet"),
    ]
}
