// swift-tools-version: 6.2
import PackageDescription

// Nothing is fetched: every library below is a C library of the distribution.
// `swift build` names the package to install when one is missing.

/// Shared by every Swift target. Language mode 6 (strict concurrency) comes with the tools version.
let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
]

/// A C library of the distribution. Its module map and shims stand in `Sources/System/<name>`.
func system(_ name: String, pkgConfig: String?, apt: String, brew: String) -> Target {
    .systemLibrary(
        name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig,
        providers: [.apt([apt]), .brew([brew])])
}

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// Not optimized: the compiler needs a third of the time, and what tests measure stands in the modules.
func tests(_ name: String, _ dependencies: [Target.Dependency], isOptimized: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies,
        swiftSettings: swiftSettings + (isOptimized ? [] : [.unsafeFlags(["-Onone"])]))
}

let package = Package(
    name: "cachesync",
    products: [.executable(name: "cachesync", targets: ["cachesync"])],
    targets: [
        // The C libraries. Arrows point upward only: a target imports what stands above it.
        system("CKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev", brew: "librdkafka"),
        system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev", brew: "curl"),
        system("CEvent", pkgConfig: "libevent", apt: "libevent-dev", brew: "libevent"),
        system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev", brew: "libmicrohttpd"),
        system("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev", brew: "sqlite"),
        system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev", brew: "libpq"),
        system("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev", brew: "libyaml"),
        system("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev", brew: "openssl"),
        system("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib"),
        system("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev", brew: "zstd"),
        // The platform's own calls that Swift's Glibc module leaves out.
        .systemLibrary(name: "CThreads", path: "Sources/System/CThreads"),
        // No pkgConfig: its flags name a macro that SwiftPM refuses, and the header needs none.
        system("SimdjsonLibrary", pkgConfig: nil, apt: "libsimdjson-dev", brew: "simdjson"),
        .target(
            name: "CSimdjson", dependencies: ["SimdjsonLibrary"], path: "Sources/System/CSimdjson",
            linkerSettings: [.linkedLibrary("simdjson")]),

        // Modules that know nothing of invalidations.
        module("Basics", []),
        module("JSON", ["CSimdjson"]),
        module("Runtime", ["Basics", "CEvent", "CThreads", "CYaml"]),
        module("Kafka", ["Basics", "CKafka"]),
        module("HTTP", ["Basics", "CCurl", "CMicrohttpd", "CZlib", "CZstd", "JSON", "Runtime"]),
        module("Storage", ["CPostgres", "CSQLite"]),
        module("Crypto", ["CCrypto"]),

        // The domain: values and decisions first, then the shells around them.
        module("Invalidations", ["Basics", "JSON"]),
        // The cache store as values and decisions: entries, eviction, fills, writes that a database still needs.
        module("Caches", ["Basics", "CZstd", "Invalidations", "JSON"]),
        // Events of other systems, and the requests that they become.
        module("Mappings", ["Basics", "Invalidations", "JSON", "Runtime"]),
        .target(
            name: "TopicCatalogue", dependencies: ["Kafka"], path: "Topics",
            exclude: ["README.md", "asyncapi.yaml"],
            resources: [.embedInCode("definitions"), .embedInCode("schemas")],
            swiftSettings: swiftSettings),
        // Writes of the cache store: durable in Kafka, then flushed to PostgreSQL in the order of each key.
        module(
            "CacheWrites",
            ["Basics", "Caches", "Crypto", "Invalidations", "Kafka", "Runtime", "Storage", "TopicCatalogue"]),
        // Health and metrics of every role, over HTTP.
        module("Admin", ["Basics", "HTTP", "JSON", "Kafka", "Runtime"]),
        module("Edges", ["Basics", "HTTP", "Invalidations", "JSON", "Runtime"]),
        module(
            "Workers", ["Basics", "Crypto", "Edges", "Invalidations", "Kafka", "Runtime", "TopicCatalogue"]),
        // Replays and redrives as values: orders and states of runs, what they select, dead letters.
        module("Replays", ["Invalidations", "Kafka", "TopicCatalogue"]),
        module(
            "Views", ["Basics", "Invalidations", "JSON", "Kafka", "Replays", "Runtime", "Storage", "TopicCatalogue"]),
        // The runner: plans and carries out what the orders say.
        module(
            "Replayer",
            [
                "Basics", "Crypto", "Invalidations", "Kafka", "Replays", "Runtime", "TopicCatalogue", "Views",
                "Workers",
            ]),
        // Reads the topics of other systems, and publishes the requests that their events become.
        module(
            "Bridges", ["Basics", "Crypto", "Invalidations", "Kafka", "Mappings", "Runtime", "TopicCatalogue"]),
        .target(
            name: "Gateway",
            dependencies: [
                "Admin", "Basics", "Crypto", "Edges", "HTTP", "Invalidations", "JSON", "Kafka", "Replays",
                "Runtime", "TopicCatalogue", "Views",
            ],
            resources: [
                .embedInCode("Component/cache-sync.js"), .embedInCode("Component/cache-sync.d.ts"),
                .embedInCode("Component/custom-elements.json"), .embedInCode("Component/demo.html"),
                .embedInCode("Component/demo.js"), .embedInCode("Component/demo.css"),
                .embedInCode("Console"), .embedInCode("Pages/components.json"),
            ], swiftSettings: swiftSettings),
        // The cache node: the store over HTTP, which forgets what the log invalidates.
        module(
            "CacheNode",
            [
                "Admin", "Basics", "CacheWrites", "Caches", "Crypto", "Gateway", "HTTP", "Invalidations", "JSON",
                "Kafka",
                "Runtime", "Storage", "TopicCatalogue", "Views",
            ]),
        // Worker loops in a seeded world of their own: log, group, edges, clock, and what must never be.
        module(
            "Simulation",
            ["Basics", "Edges", "Invalidations", "JSON", "Kafka", "Replays", "Runtime", "TopicCatalogue", "Workers"]),
        // The cache store in a seeded world of its own, and traces that compare evictions.
        module("CacheSimulation", ["Basics", "CacheWrites", "Caches", "Invalidations", "Storage"]),
        .executableTarget(
            name: "cachesync",
            dependencies: [
                "Admin", "Basics", "Bridges", "CacheNode", "CacheWrites", "Caches", "Edges", "Gateway", "HTTP",
                "Invalidations",
                "JSON",
                "Kafka", "Mappings", "Replayer", "Replays", "Runtime", "Simulation", "Storage", "TopicCatalogue",
                "Views", "Workers",
            ],
            swiftSettings: swiftSettings),

        // Starts and stops the real servers that tests need; imported by tests alone.
        .target(
            name: "TestSupport",
            dependencies: ["Basics", "HTTP", "Invalidations", "JSON", "Kafka", "Runtime", "TopicCatalogue"],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "cachesync-bench",
            dependencies: [
                "Basics", "CacheSimulation", "Caches", "Edges", "Gateway", "HTTP", "Invalidations", "JSON", "Kafka",
                "Runtime", "TestSupport", "TopicCatalogue", "Views",
            ],
            path: "Benchmarks", exclude: ["RESULTS.md", "PROFILES.md", "profile.py", "Operations/INSTRUCTIONS.md"],
            swiftSettings: swiftSettings),
        // Reads the sources as text: words, form, what nobody uses.
        tests("TidyTests", [], isOptimized: true),
        tests("BasicsTests", ["Basics", "TestSupport"]),
        tests("JSONTests", ["JSON", "TestSupport"]),
        tests("RuntimeTests", ["Runtime", "TestSupport"]),
        // The C library as well: it writes transactions and records of any time, which the module does not.
        tests("KafkaTests", ["CKafka", "Kafka", "TestSupport"]),
        tests("HTTPTests", ["HTTP", "Runtime", "TestSupport"]),
        tests("AdminTests", ["Admin", "HTTP", "JSON", "Kafka", "Runtime", "TestSupport"]),
        tests("StorageTests", ["Storage", "TestSupport"]),
        tests("CryptoTests", ["Basics", "Crypto", "TestSupport"]),
        tests("InvalidationsTests", ["Edges", "Invalidations", "JSON", "TestSupport"]),
        tests("CachesTests", ["Basics", "CacheSimulation", "Caches", "Invalidations", "TestSupport"]),
        // A process of its own, so that tests can kill and freeze it.
        .executableTarget(
            name: "cachesync-write-follower",
            dependencies: ["CacheWrites", "Kafka", "Runtime", "Storage"], path: "Tests/WriteFollower",
            swiftSettings: swiftSettings),
        tests(
            "CacheWritesTests",
            [
                "CacheWrites", "Caches", "Invalidations", "Kafka", "Runtime", "Storage", "TestSupport",
                "TopicCatalogue", "cachesync-write-follower",
            ]),
        tests("MappingsTests", ["Invalidations", "JSON", "Mappings", "Runtime", "TestSupport"]),
        tests(
            "BridgesTests",
            ["Bridges", "Invalidations", "Kafka", "Mappings", "Runtime", "TestSupport", "TopicCatalogue"]),
        tests("SimulationTests", ["Invalidations", "Simulation", "TestSupport"]),
        tests("TopicCatalogueTests", ["TopicCatalogue", "Invalidations", "JSON", "Kafka", "TestSupport"]),
        tests("ExamplesTests", ["Invalidations", "Kafka", "TestSupport", "TopicCatalogue"]),
        tests("EdgesTests", ["Edges", "HTTP", "Invalidations", "Runtime", "TestSupport"]),
        tests(
            "WorkersTests",
            ["Edges", "HTTP", "Invalidations", "Kafka", "Runtime", "TestSupport", "TopicCatalogue", "Workers"]),
        tests(
            "ViewsTests",
            [
                "Invalidations", "JSON", "Kafka", "Replays", "Runtime", "Storage", "TestSupport", "TopicCatalogue",
                "Views",
            ]),
        tests(
            "GatewayTests",
            [
                "Basics", "Crypto", "Edges", "Gateway", "HTTP", "Invalidations", "JSON", "Kafka", "Replays", "Runtime",
                "Storage", "TestSupport", "TopicCatalogue", "Views",
            ]),
        tests(
            "CacheNodeTests",
            [
                "CacheNode", "Caches", "Edges", "Gateway", "HTTP", "Invalidations", "JSON", "Kafka", "Runtime",
                "Storage", "TestSupport", "TopicCatalogue",
            ]),
        tests("ReplaysTests", ["Invalidations", "Kafka", "Replays", "TestSupport", "TopicCatalogue"]),
        tests("ReplayerTests", ["Invalidations", "Kafka", "Replayer", "Replays", "TestSupport", "TopicCatalogue"]),
        tests(
            "IntegrationTests",
            [
                "HTTP", "Invalidations", "JSON", "Kafka", "Replays", "Runtime", "Storage", "TestSupport",
                "TopicCatalogue", "Views",
            ]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// Suites that are built in their own way (sanitizers, fuzzing, mutants) build no more than they run: the targets that
// they name, with commas between them, and what those need.
if let names = Context.environment["CACHESYNC_TARGETS"] {
    // It has no main: that comes with `-sanitize=fuzzer`.
    package.targets.append(
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                "Edges", "Gateway", "HTTP", "Invalidations", "JSON", "Mappings", "Replays", "Runtime", "Views",
                "Workers",
            ],
            path: "Tests/Fuzzing", exclude: ["Corpus"], swiftSettings: swiftSettings))
    // It is built in a copy of the sources, which has the mutants.
    package.targets.append(
        .executableTarget(
            name: "Mutants", dependencies: ["CacheSimulation", "Invalidations", "Simulation"], path: "Tests/Mutants",
            exclude: ["Tables"], swiftSettings: swiftSettings))
    var wanted = Set(names.split(separator: ",").map(String.init))
    // Arrows point upward only, so one pass from below finds all.
    for target in package.targets.reversed() where wanted.contains(target.name) {
        for dependency in target.dependencies {
            switch dependency {
            case .byNameItem(let name, _), .targetItem(let name, _): wanted.insert(name)
            default: break
            }
        }
    }
    package.targets.removeAll { !wanted.contains($0.name) }
    package.products = []
}
