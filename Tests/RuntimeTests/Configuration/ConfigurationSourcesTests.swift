import Runtime
import TestSupport
import Testing

// Tests of sources of configuration.

private let keys = [
    ConfigurationKey(
        "kafka.brokers", environment: "CACHESYNC_KAFKA_BROKERS", flag: "brokers", help: "Addresses of the brokers"),
    ConfigurationKey(
        "kafka.sasl.password", environment: "CACHESYNC_KAFKA_SASL_PASSWORD", isSecret: true, help: "Password"),
    ConfigurationKey(
        "gateway.port", environment: "CACHESYNC_GATEWAY_PORT", flag: "port", default: "8080", help: "Listening port"),
    ConfigurationKey("edges", environment: nil, isStructured: true, help: "The caches"),
]

private func sources(
    _ text: String = "", flags: [String: String] = [:], environment: [String: String] = [:],
    path: String = "cachesync.yaml"
) throws -> ConfigurationSources {
    try ConfigurationSources(
        keys: keys, flags: flags, environment: environment,
        file: YAMLReader.parse(Array(text.utf8), fileName: path), fileName: path)
}

struct ConfigurationSourcesTests {
    @Test func flagWinsOverEnvironmentOverFileOverDefault() throws {
        let file = "# first\ngateway:\n  port: 3\n"
        let environment = ["CACHESYNC_GATEWAY_PORT": "2"]
        let steps: [(ConfigurationSources, Int, String)] = [
            (try sources(file, flags: ["port": "1"], environment: environment), 1, "flag --port"),
            (try sources(file, environment: environment), 2, "environment CACHESYNC_GATEWAY_PORT"),
            (try sources(file, environment: ["CACHESYNC_GATEWAY_PORT": ""]), 3, "cachesync.yaml:3"),
            (try sources("gateway:\n"), 8080, "default"),
        ]
        for (sources, port, origin) in steps {
            let value = try sources.value("gateway.port")
            #expect(try value.port() == port)
            #expect(value.origin.description == origin)
        }
    }

    @Test func whatDiffersIsNamed() throws {
        let first = try sources("kafka: {brokers: [a:1]}\ngateway: {port: 1}")
        let same = try sources("# moved\n\ngateway: {port: 1}\nkafka: {brokers: [a:1]}")
        #expect(try same.differences(from: first).isEmpty)
        #expect(try sources("kafka: {brokers: [a:1]}").differences(from: first) == ["gateway.port"])
        #expect(try sources(flags: ["port": "1"]).differences(from: first) == ["kafka.brokers"])
    }

    @Test func listsComeAsListsOrWithCommas() throws {
        #expect(try sources("kafka: {brokers: [a:1, ' b:2 ']}").list("kafka.brokers") == ["a:1", "b:2"])
        #expect(try sources("kafka.brokers: a:1, b:2,").list("kafka.brokers") == ["a:1", "b:2"])
        #expect(try sources(flags: ["brokers": "a:1"]).list("kafka.brokers") == ["a:1"])
        #expect(try sources().list("kafka.brokers") == [])
    }

    @Test(arguments: [
        ("gatway:\n  port: 1", "cachesync.yaml:1: gatway: there is no such key; did you mean gateway?"),
        (
            "kafka:\n  broker: a", "cachesync.yaml:2: kafka.broker: there is no such key; did you mean kafka.brokers?"
        ),
        ("brokers: a", "cachesync.yaml:1: brokers: there is no such key; did you mean kafka.brokers?"),
        (
            "whatever: 1",
            "cachesync.yaml:1: whatever: there is no such key; `cachesync doctor` lists all keys"
        ),
        (
            "gateway: {port: 1}\ngateway.port: 2",
            "cachesync.yaml:2: gateway.port: is already set in line 1; remove one of the two"
        ),
        (
            "kafka: a:9092",
            "cachesync.yaml:1: kafka: is a single value instead of a group of keys; "
                + "set one of its keys, such as kafka.brokers, kafka.sasl.password"
        ),
        (
            "- a", "cachesync.yaml:1: holds a list instead of a group of keys; write it as `name: value`"
        ),
        (
            "\"a\\e[31m\\n\": 1",
            "cachesync.yaml:1: a\\u{001B}[31m\\n: there is no such key; `cachesync doctor` lists all keys"
        ),
    ])
    func refusesKeysThatDoNotExist(_ text: String, _ message: String) {
        let error = #expect(throws: ConfigurationError.self) { try sources(text) }
        #expect(error?.description == message)
    }

    @Test func saysHowToSetWhatIsMissing() throws {
        let error = #expect(throws: ConfigurationError.self) { try sources().string("kafka.brokers") }
        #expect(
            error?.description == "kafka.brokers: is not set; set kafka.brokers in the configuration file, "
                + "or CACHESYNC_KAFKA_BROKERS in the environment, or --brokers")
    }

    @Test(arguments: [
        ("CACHESYNC_KAFKA_BROKER", "CACHESYNC_KAFKA_BROKERS"), ("CACHESYNC_BROKERS", "CACHESYNC_KAFKA_BROKERS"),
        ("CACHESYNC_KAFKA_BORKERS", "CACHESYNC_KAFKA_BROKERS"), ("CACHESYNC_CONFG", "CACHESYNC_CONFIG"),
        ("CACHESYNC_PASSWORD", "CACHESYNC_KAFKA_SASL_PASSWORD"), ("CACHESYNC_TEST_SEED", nil), ("CACHESYNC_", nil),
    ])
    func namesVariablesThatNoSettingHas(_ name: String, _ nearest: String?) throws {
        let environment = [name: "a", "CACHESYNC_GATEWAY_PORT": "1", "CACHESYNC_CONFIG": "x", "HOME": "/"]
        let unknown = try sources(environment: environment)
            .unknownVariables(prefix: "CACHESYNC_", others: ["CACHESYNC_CONFIG"])
        #expect(unknown.map(\.name) == [name])
        #expect(unknown.first?.nearest == nearest)
    }

    /// A container platform sets them for a service of our name; the file may name variables as it likes.
    @Test func variablesOfPlatformsAndOfTheFileAreNoMistakes() throws {
        let environment = [
            "CACHESYNC_SERVICE_HOST": "10.0.0.1", "CACHESYNC_SERVICE_PORT": "8080", "CACHESYNC_SERVICE_PORT_HTTP": "80",
            "CACHESYNC_GATEWAY_PORTS_PORT": "tcp://10.0.0.1:8080", "CACHESYNC_PORT_8080_TCP": "tcp://10.0.0.1:8080",
            "CACHESYNC_GATEWAY_PORT_8080_TCP_ADDR": "10.0.0.1", "CACHESYNC_KAFKA_PASSWORD": "s", "CACHESYNC_EDGE": "s",
        ]
        let text = """
            kafka: {sasl: {password: {env: CACHESYNC_KAFKA_PASSWORD}}}
            edges: [{name: a, credentials: {bearer: {env: CACHESYNC_EDGE}}}]
            """
        #expect(try sources(text, environment: environment).unknownVariables(prefix: "CACHESYNC_").isEmpty)
        #expect(
            try sources(environment: ["CACHESYNC_X_PORT": "8080"]).unknownVariables(prefix: "CACHESYNC_").count == 1)
    }

    /// What stands on the command line is a matter of the command line.
    @Test func aWrongFlagIsAUsageError() throws {
        let flag = #expect(throws: ConfigurationError.self) { try sources(flags: ["port": "x"]).port("gateway.port") }
        #expect(flag?.exitCode == .usage)
        let file = #expect(throws: ConfigurationError.self) { try sources("gateway: {port: x}").port("gateway.port") }
        #expect(file?.exitCode == .configuration)
        let own = ConfigurationError(at: .flag("limit"), key: "limit", problem: "\"x\" is not a number")
        #expect(own.description == "flag --limit: \"x\" is not a number")
    }

    @Test func describesEveryKeyWithoutSecrets() throws {
        let sources = try sources(
            "kafka: {sasl: {password: hunter2}}\nedges: [{name: a}, {name: b}]", flags: ["brokers": "a\u{1B}[2J"])
        #expect(
            sources.describe().map { [$0.key, $0.value, $0.origin ?? "-"] } == [
                ["kafka.brokers", "\"a\\u{001B}[2J\"", "flag --brokers"],
                ["kafka.sasl.password", "(secret, set)", "cachesync.yaml:1"],
                ["gateway.port", "8080", "default"],
                ["edges", "(2 entries)", "cachesync.yaml:2"],
            ])
        let text = sources.describeText()
        #expect(text.contains("gateway.port         8080"))
        #expect(text.contains("Listening port (default)\n"))
        #expect(!text.contains("hunter2"))
    }
}

struct ConfigurationSecretTests {
    @Test func comeFromTheEnvironmentOrAFileBesideTheConfiguration() throws {
        let directory = try TemporaryDirectory("secrets")
        try directory.write("password", "from-file\r\n")
        let path = directory.file("cachesync.yaml")
        for (reference, secret, origin) in [
            ("{env: PASSWORD}", "from-environment", "\(path):1, from environment PASSWORD"),
            ("{file: password}", "from-file", "\(path):1, from file \(directory.file("password"))"),
            (
                "{file: \(directory.file("password"))}", "from-file",
                "\(path):1, from file \(directory.file("password"))"
            ),
            ("plain", "plain", "\(path):1"),
        ] {
            let sources = try sources(
                "kafka.sasl.password: \(reference)", environment: ["PASSWORD": "from-environment"], path: path)
            let value = try sources.value("kafka.sasl.password")
            #expect(value.text == secret)
            #expect(value.isSecret)
            #expect(value.description == "(secret, set)")
            #expect(value.origin.description == origin)
        }
    }

    /// Faults show when the secret is needed, and in `doctor`, which must not stop at them.
    @Test(arguments: [
        ("{env: NONE}", "the environment variable \"NONE\" is not set"),
        ("{file: none}", "none can't be opened: No such file or directory"),
        ("{file: /dev/zero}", "/dev/zero is not a regular file"),
        ("{vault: x}", "a single value is expected here, not a group of keys"),
        ("{env: A, file: b}", "a single value is expected here, not a group of keys"),
        ("[{env: A}]", "a list of single values is expected here, not a group of keys"),
    ])
    func faultsNameTheReference(_ reference: String, _ problem: String) throws {
        let sources = try sources("kafka.sasl.password: \(reference)")
        let error = #expect(throws: ConfigurationError.self) { try sources.string("kafka.sasl.password") }
        #expect(error?.problem == problem)
        #expect(error?.origin == .file(path: "cachesync.yaml", line: 1))
        #expect(sources.describe()[1].fault == problem)
    }

    @Test func neverStandInErrors() throws {
        let value = try sources("kafka.sasl.password: hunter2").value("kafka.sasl.password")
        let error = #expect(throws: ConfigurationError.self) { try value.int() }
        #expect(error?.description == "cachesync.yaml:1: kafka.sasl.password: the secret is not a whole number")
    }
}

struct ConfigurationSectionTests {
    private let text = """
        edges:
          - name: varnish-1
            port: 6081
            tags: [a, b]
            token: {env: TOKEN}
            tls: {verify: false}
          - nam: nginx-1
        """

    @Test func readsEntriesKeyByKey() throws {
        let entries = try sources(text, environment: ["TOKEN": "t"]).sections("edges")
        #expect(entries.map(\.name) == ["edges[0]", "edges[1]"])
        let first = entries[0]
        #expect(first.keys == ["name", "port", "tags", "token", "tls"])
        #expect(try first.value("port").int(in: 1...9_999) == 6_081)
        #expect(try first.value("tags").list() == ["a", "b"])
        #expect(try first.value("token").isSecret)
        #expect(try first.section("tls")?.value("verify").bool() == false)
        #expect(try first.section("absent") == nil)
        #expect(try first.optional("absent") == nil)
        try first.allow(["name", "port", "tags", "token", "tls"])
    }

    @Test func errorsNameTheEntryAndItsLine() throws {
        let entries = try sources(text).sections("edges")
        #expect(
            throws: ConfigurationError(
                at: .file(path: "cachesync.yaml", line: 7), key: "edges[1].nam", problem: "there is no such key",
                hint: "did you mean name?")
        ) { try entries[1].allow(["name", "port"]) }
        #expect(
            throws: ConfigurationError(
                at: .file(path: "cachesync.yaml", line: 7), key: "edges[1].name", problem: "is not set",
                hint: "add it here")
        ) { try entries[1].value("name") }
        #expect(throws: ConfigurationError.self) { try entries[0].section("port") }
        #expect(throws: ConfigurationError.self) { try entries[0].sections("port") }
        #expect(throws: ConfigurationError.self) { try sources("edges: 1").sections("edges") }
        #expect(try sources("edges:").sections("edges").isEmpty)
        #expect(try sources().sections("edges").isEmpty)
    }

    @Test func pathsAreMeantFromTheFilesFolder() throws {
        let entries = try sources("edges: [{ca: tls/ca.pem}, {ca: /etc/ca.pem}]", path: "/etc/cachesync/a.yaml")
            .sections("edges")
        #expect(try entries.map { $0.path(try $0.value("ca")) } == ["/etc/cachesync/tls/ca.pem", "/etc/ca.pem"])
    }
}
