import Runtime
import Testing

/// Tests of values of configuration.
struct ConfigurationValueTests {
    private func value(_ text: String) -> ConfigurationValue {
        ConfigurationValue(key: "a.b", text: text, origin: .flag("b"))
    }

    @Test(arguments: [
        ("0", Duration.zero), ("250ms", .milliseconds(250)), ("10s", .seconds(10)), ("2m", .seconds(120)),
        ("1h", .seconds(3_600)), ("7d", .seconds(604_800)), ("5us", .microseconds(5)),
    ])
    func durations(_ text: String, _ expected: Duration) throws {
        #expect(try value(text).duration() == expected)
    }

    @Test(arguments: [
        "", "10", "s", "-1s", "1.5s", "1 s", "1S", "1s ", "99999999999999999999s", "9999999999999999d", "１s",
    ])
    func notDurations(_ text: String) {
        #expect(throws: ConfigurationError.self) { try value(text).duration() }
    }

    @Test func durationsHaveRanges() {
        let error = #expect(throws: ConfigurationError.self) {
            try value("2h").duration(in: .milliseconds(100)...(.seconds(3_600)))
        }
        #expect(error?.description == "flag --b: a.b: \"2h\" is not between 100ms and 1h")
    }

    @Test(arguments: [
        ("0", 0), ("12", 12), ("12B", 12), ("512KiB", 524_288), ("64MiB", 67_108_864), ("1GiB", 1 << 30),
        ("256kB", 256_000), ("1MB", 1_000_000), ("2GB", 2_000_000_000),
    ])
    func byteCounts(_ text: String, _ expected: Int) throws {
        #expect(try value(text).byteCount() == expected)
    }

    @Test(arguments: ["", "KiB", "-1", "1.5MiB", "1KB", "9223372036854775807GiB"])
    func notByteCounts(_ text: String) {
        #expect(throws: ConfigurationError.self) { try value(text).byteCount() }
    }

    @Test(arguments: [("50/s", 50.0), ("30/min", 0.5), ("1/h", 1.0 / 3_600), ("1000000000000/s", 1e12)])
    func rates(_ text: String, _ perSecond: Double) throws {
        #expect(try value(text).rate() == perSecond)
    }

    @Test(arguments: [("50/s", 50, 1), ("30/min", 30, 60), ("1/h", 1, 3_600)])
    func quotas(_ text: String, _ amount: Int, _ seconds: Int) throws {
        let quota = try value(text).quota()
        #expect(quota.amount == amount && quota.seconds == seconds)
    }

    @Test(arguments: [("1MiB/s", 1_048_576.0), ("1MB/s", 1_000_000), ("60kB/min", 1_000), ("7/s", 7)])
    func byteRates(_ text: String, _ perSecond: Double) throws {
        #expect(try value(text).byteRate() == perSecond)
    }

    @Test(arguments: [
        "", "50", "/s", "50/", "50/m", "50/s/s", "0/s", "-1/s", "0.5/s", "5 /s", "50/S", "1000000000001/s",
        "99999999999999999999/s", "none", "1MiB/s",
    ])
    func notRates(_ text: String) {
        let error = #expect(throws: ConfigurationError.self) { try value(text).rate() }
        #expect(error?.description.contains("such as 50/s") == true)
        #expect(throws: ConfigurationError.self) { try value(text).quota() }
        guard text != "1MiB/s" else { return }
        #expect(throws: ConfigurationError.self) { try value(text).byteRate() }
    }

    @Test(arguments: [
        ("localhost:80", "localhost", 80), ("[::1]:80", "::1", 80), ("[::1]", "::1", 9092), ("a", "a", 9092),
    ])
    func hostPorts(_ text: String, _ host: String, _ port: Int) throws {
        #expect(try value(text).hostPort(defaultPort: 9092) == HostPort(host: host, port: port))
    }

    @Test(arguments: ["", ":80", "a:", "a:70000", "a:-1", "::1", "[::1", "a b:1", "http://a:80", "[]:1", "a:1:2"])
    func notHostPorts(_ text: String) {
        #expect(throws: ConfigurationError.self) { try value(text).hostPort(defaultPort: 9092) }
    }

    @Test func portsNeedADefaultToBeLeftOut() {
        #expect(throws: ConfigurationError.self) { try value("a").hostPort() }
        #expect(HostPort(host: "::1", port: 1).description == "[::1]:1")
    }

    @Test(arguments: [("true", true), ("Yes", true), ("on", true), ("1", true), ("FALSE", false), ("off", false)])
    func truths(_ text: String, _ expected: Bool) throws {
        #expect(try value(text).bool() == expected)
    }

    @Test func messagesSayWhatIsExpected() {
        #expect(throws: ConfigurationError(at: .flag("b"), key: "a.b", problem: "\"x\" is not true or false")) {
            try value("x").bool()
        }
        #expect(
            throws: ConfigurationError(
                at: .flag("b"), key: "a.b", problem: "\"70000\" is not a whole number from 1 to 65535")
        ) { try value("70000").port() }
        #expect(
            throws: ConfigurationError(
                at: .flag("b"), key: "a.b", problem: "\"jsn\" is not one of automatic, text, json",
                hint: "did you mean json?")
        ) { try value("jsn").choice(LogFormat.self) }
    }

    @Test func choicesAreNames() throws {
        #expect(try value("warning").choice() == LogLevel.warning)
    }

    @Test(arguments: [
        ("brokres", "brokers"), ("kafka-broker", "kafka.brokers"), ("BROKERS", "brokers"), ("zzzzzz", nil), ("", nil),
        ("bro", nil),
    ])
    func nearestNames(_ name: String, _ expected: String?) {
        #expect(NearestName.find(name, in: ["port", "kafka.brokers", "brokers"]) == expected)
    }
}
