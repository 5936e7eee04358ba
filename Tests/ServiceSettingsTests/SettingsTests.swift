import Foundation
import Logging
import Models
import ServiceSettings
import Spotting
import TestSupport
import Testing

@Suite struct SettingsTests {
    private func read(
        _ text: String, environment: [String: String] = [:], overrides: [SettingsReader.Override] = []
    ) throws -> Settings {
        try SettingsReader(environment: environment, overrides: overrides).read(text: text, name: "a.yaml")
    }

    /// What is wrong, one line a problem; fails where nothing is.
    private func problems(
        _ text: String, environment: [String: String] = [:], overrides: [SettingsReader.Override] = []
    ) throws -> [String] {
        do {
            _ = try read(text, environment: environment, overrides: overrides)
            return []
        } catch let error as SettingsError {
            return error.problems.map(\.description)
        }
    }

    static let shippedFile = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Config/attuned.yaml").path

    @Test func `the shipped file holds every setting, each with its default`() throws {
        #expect(try SettingsReader().read(file: Self.shippedFile) == Settings())
        let text = try String(contentsOfFile: Self.shippedFile, encoding: .utf8)
        var document = SettingsDocument(name: "attuned.yaml")
        var settings = Settings()
        document.read(text, into: &settings)
        #expect(Set(document.origins.keys) == Set(SettingKey.all.map(\.name)))
    }

    @Test func `the shipped file's example of words means what it says`() throws {
        let lines = try String(contentsOfFile: Self.shippedFile, encoding: .utf8).split(separator: "\n")
        let start = try #require(lines.firstIndex(of: "#   words:"))
        let example = lines[start...].prefix { $0.hasPrefix("#   ") }.map { $0.dropFirst(4) }.joined(separator: "\n")
        let words = try read(example).words
        #expect(!words.policy(for: "up").isEnabled)
        #expect(words.policy(for: "computer").threshold == 0.9)
        #expect(words.policy(for: "left").isEnabled && words.policy(for: "left").after == ["computer"])
        #expect(words.policy(for: "left").withinSeconds == 5)
        #expect(words.policy(for: "right").after == ["computer", "jarvis"])
        #expect(words.policy(for: "right").withinSeconds == 8)
    }

    @Test(arguments: [
        "", "\n\n", "# nothing\n", "---\n", "{}", "~", "capture:\n", "words:\nlog: {}\n", "\u{FEFF}capture: {}\n",
    ])
    func `a file that sets nothing leaves the defaults`(_ text: String) throws {
        #expect(try read(text) == Settings())
    }

    @Test func `every setting is taken from the file`() throws {
        let settings = try read(
            """
            capture: {device: "plughw:CARD=Mic", channel: 3, realtime_priority: 0, keep_seconds: 0}
            model: {path: /srv/model}
            detection: {smoothing_hops: 7, majority_hops: 4, refractory_ms: 1, cross_word_refractory_ms: 2, rearm_fraction: .25}
            socket: {path: /tmp/a.sock, group: "", max_readers: 7, queue_kib: 256}
            log: {level: trace, format: json}
            words: {yes: {threshold: 0.5, refractory_ms: 3}, off: {enabled: no, after: [on, stop], within_seconds: 2.5}}
            """)
        var expected = Settings()
        expected.capture.device = "plughw:CARD=Mic"
        expected.capture.channel = .number(3)
        expected.capture.realtimePriority = 0
        expected.capture.keepSeconds = 0
        expected.model.path = "/srv/model"
        expected.detection.smoothingHops = 7
        expected.detection.majorityHops = 4
        expected.detection.refractoryMilliseconds = 1
        expected.detection.crossWordRefractoryMilliseconds = 2
        expected.detection.rearmFraction = 0.25
        expected.socket.path = "/tmp/a.sock"
        expected.socket.group = ""
        expected.socket.maximumReaders = 7
        expected.socket.queueKibibytes = 256
        expected.log.level = .trace
        expected.log.format = .json
        expected.words = settings.words
        #expect(settings == expected)
        #expect(settings.words.policy(for: "yes").threshold == 0.5)
        #expect(settings.words.policy(for: "yes").refractoryMilliseconds == 3)
        #expect(!settings.words.policy(for: "off").isEnabled)
        #expect(settings.words.policy(for: "off").after == ["on", "stop"])
        #expect(settings.words.policy(for: "off").withinSeconds == 2.5)
    }

    @Test func `the command line goes before the environment, the environment before the file`() throws {
        let file = "capture: {device: file}"
        let environment = ["ATTUNED_CAPTURE_DEVICE": "environment"]
        let option = SettingsReader.Override(key: "capture.device", value: "option", option: "--device")
        #expect(try read(file).capture.device == "file")
        #expect(try read(file, environment: environment).capture.device == "environment")
        #expect(try read(file, environment: environment, overrides: [option]).capture.device == "option")
        #expect(try read(file, environment: ["ATTUNED_CAPTURE_DEVICE": ""]).capture.device == "file")
        #expect(try read("", environment: ["LOG_LEVEL": "debug"]).log.level == .debug)
        #expect(try read("", environment: ["LOG_LEVEL": "debug", "ATTUNED_LOG_LEVEL": "error"]).log.level == .error)
    }

    @Test func `every setting of the table can be set by its variable`() throws {
        let values = [
            "capture.device": "x", "capture.channel": "2", "capture.realtime_priority": "1",
            "capture.keep_seconds": "1", "model.path": "x",
            "learn.keep": "true", "learn.days": "3", "wyoming.words": "x",
            "detection.smoothing_hops": "6", "detection.majority_hops": "3", "detection.delay_hops": "3",
            "detection.refractory_ms": "1", "detection.second_look": "false", "detection.false_alarms_per_hour": "0.5",
            "detection.cross_word_refractory_ms": "1", "detection.rearm_fraction": "0.1", "socket.path": "x",
            "socket.group": "x", "socket.max_readers": "1", "socket.queue_kib": "128", "log.level": "error",
            "log.format": "plain", "web.host": "::1", "web.port": "1", "web.token_file": "x",
            "web.cors_origins": "https://a.example", "web.max_upload_mb": "1", "web.max_clip_seconds": "1",
            "web.allowed_hosts": "a.example", "web.trusted_proxies": "::1", "web.upload_memory_mb": "1",
            "web.max_recording_seconds": "1", "web.requests_per_minute": "1", "web.max_connections": "1",
            "web.workers": "1", "web.upload_seconds": "1", "web.trial_path": "x", "web.trial_percent": "1",
            "web.keep_words": "1",
            "model.shadow": "x",
            "mqtt.server": "mqtts://a.example", "mqtt.name": "x", "mqtt.listeners": "a=/x",
            "mqtt.base_topic": "a/b", "mqtt.client_id": "x",
            "mqtt.user": "x", "mqtt.password_file": "x", "mqtt.ca": "x", "mqtt.cert": "x", "mqtt.key": "x",
            "mqtt.keepalive_seconds": "5", "mqtt.discovery_prefix": "x", "mqtt.hermes": "true",
            "wyoming.uri": "unix:///x", "wyoming.commands": "true", "wyoming.threshold": "0.6",
            "wyoming.trigger_level": "2", "wyoming.max_connections": "1", "wyoming.longest_delay_ms": "100",
            "wyoming.workers": "1", "wyoming.metrics": "tcp://127.0.0.1:1",
        ]
        #expect(Set(values.keys) == Set(SettingKey.all.map(\.name)))
        for key in SettingKey.all {
            #expect(
                try read("", environment: [key.environmentName: values[key.name] ?? ""]) != Settings(), "\(key.name)")
        }
    }

    static let wrong: [(text: String, problem: String)] = [
        (
            "capture:\n  realtime_priority: 200",
            "a.yaml:2: capture.realtime_priority: 200 is out of range; give a whole number from 0 to 99"
        ),
        (
            "\ncapture:\n\n  realtime_priority: high",
            "a.yaml:4: capture.realtime_priority: \"high\" is not a whole number; give a whole number from 0 to 99"
        ),
        ("capture: {realtime_priority: 1.5}", "\"1.5\" is not a whole number"),
        ("capture: {realtime_priority: 0x10}", "\"0x10\" is not a whole number"),
        ("capture: {realtime_priority: 99999999999999999999}", "99999999999999999999 is out of range"),
        ("capture: {realtime_priority: \"20\"}", "\"20\" is a text in quotation marks"),
        ("capture: {realtime_priority: }", "has no value"),
        ("capture: {realtime_priority: [1]}", "is a list; give a whole number"),
        ("capture: {device: {a: b}}", "capture.device: is a section; give the name of an ALSA device"),
        ("capture: {device: \"\"}", "capture.device: is empty"),
        ("capture: {channel: 0}", "\"0\" is not possible; give \"mix\" or the number of a channel from 1 to 64"),
        ("capture: {channel: left}", "\"left\" is not possible"),
        ("capture:\n  divice: x", "a.yaml:2: capture.divice: there is no such setting; did you mean device?"),
        ("capture:\n  zzz: x", "known are device, channel, realtime_priority, keep_seconds"),
        ("captur:\n  device: x", "a.yaml:1: captur: there is no such section; did you mean capture?"),
        ("device: x", "device: stands in the wrong place; write \"device:\" in the section \"capture:\""),
        ("capture.device: x", "write \"device:\" in the section \"capture:\""),
        ("capture: x", "capture: is a single value; write its settings below it"),
        ("capture: [device]", "capture: is a list"),
        ("detection: {rearm_fraction: nan}", "\"nan\" is not a number; give a number from 0.05 to 1"),
        ("detection: {rearm_fraction: 1e999}", "is not a number"),
        ("detection: {rearm_fraction: 1.5}", "1.5 is out of range"),
        ("detection:\n  smoothing_hops: 1", "a.yaml:2: detection.majority_hops: 2 of 1 hops is impossible"),
        (
            "log: {level: loud}",
            "\"loud\" is not known; give one of trace, debug, info, notice, warning, error, critical"
        ),
        ("log: {format: xml}", "give one of auto, journal, json, plain"),
        ("words: [left]", "words: is a list"),
        ("words: {left: 0.8}", "words.left: is a single value"),
        ("words: {left: {treshold: 0.8}}", "words.left.treshold: there is no such setting; did you mean threshold?"),
        ("words: {left: {threshold: 80}}", "words.left.threshold: 80 is out of range; give a number from 0.0 to 1.0"),
        ("words: {left: {enabled: maybe}}", "\"maybe\" is not known; give true or false"),
        ("words: {left: {after: {a: b}}}", "is a section; give a word or a list of words"),
        ("words: {left: {after: [[a]]}}", "is a list; give a word or a list of words"),
        ("words: {left: {after: left}}", "a word cannot wait for itself"),
        ("- capture", "a.yaml:1: is a list and not settings"),
        ("just text", "a.yaml:1: is a single value and not settings"),
        (
            "capture:\n  device: x\n  channel: 1\n  device: y",
            "a.yaml:4: \"device\" is given twice, the first time in line 2"
        ),
        ("log: {}\ncapture: {}\nlog: {}", "a.yaml:3: \"log\" is given twice, the first time in line 1"),
        (
            "log: {}\r\ncapture:\r\n  device: x\r\n  channel: 1\r\n  device: y\r\n",
            "a.yaml:5: \"device\" is given twice, the first time in line 3"
        ),
        ("log: {}\nlogging: {}\n\"log\": {}", "a.yaml:3: \"log\" is given twice, the first time in line 1"),
        ("log: {}\r\n# é\r\ncapture: {device: \u{1}}\r\n", "a.yaml:3: is not YAML"),
        ("capture:\n  device: \"x", "is not YAML"),
        ("capture:\n\tdevice: x", "a.yaml:2: is not YAML"),
        ("capture: {device: x", "is not YAML"),
        ("capture: *nobody", "is not YAML"),
        ("capture: {}\n---\ncapture: {}", "is not YAML"),
        ("capture: {device: \u{1}}", "is not YAML"),
        ("? [a, b]\n: c", "there is no such section"),
        ("\"wo\\u001brds\": 1", "wo?rds: there is no such section"),
    ]

    @Test(arguments: wrong)
    func `a wrong file gets one clear message with its line`(_ text: String, _ problem: String) throws {
        let found = try problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains(problem) == true, "\(found)")
        #expect(found.first?.hasPrefix("a.yaml:") == true, "\(found)")
    }

    @Test func `everything that is wrong is reported together`() throws {
        let option = SettingsReader.Override(key: "log.level", value: "loud", option: "--log-level")
        let found = try problems(
            "capture:\n  divice: x\n  channel: 0\nlgo: {}\nwords:\n  left: {threshold: 2}\n",
            environment: ["ATTUNED_SOCKET_MAX_READERS": "none"], overrides: [option])
        #expect(
            found == [
                "a.yaml:2: capture.divice: there is no such setting; did you mean device?",
                "a.yaml:3: capture.channel: \"0\" is not possible; give \"mix\" or the number of a channel from 1 to 64",
                "a.yaml:4: lgo: there is no such section; did you mean log?",
                "a.yaml:6: words.left.threshold: 2 is out of range; give a number from 0.0 to 1.0",
                "ATTUNED_SOCKET_MAX_READERS: \"none\" is not a whole number; give a whole number from 1 to 10000",
                "--log-level: \"loud\" is not known; give one of trace, debug, info, notice, warning, error, critical",
            ])
    }

    @Test(arguments: ["[", "{a: ", "- ", "? ", "[[{a: ", "&a "])
    func `nesting without end is an error and no crash`(_ piece: String) throws {
        #expect(try problems(String(repeating: piece, count: 1_000_000 / piece.utf8.count)).count == 1)
    }

    @Test func `aliases of aliases cost nothing`() throws {
        var text = "a: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...12 {
            text +=
                "b\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
        }
        #expect(try problems(text).count == 13)
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["? *a40\n: c", "? [k, {b: *a40}]\n: c", "z: [{*a40 : c}]", "z: {*a40}"])
    func `an alias in a key is an error, whatever it stands for`(_ key: String) throws {
        var text = "a: &a0 [x, x]\n"
        for level in 1...40 { text += "b\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(try problems(text + key) == ["a.yaml:42: an alias stands in a key; write the key out"])
    }

    @Test func `aliases of values and asterisks elsewhere are no error`() throws {
        let settings = try read(
            "# *a in words, &b too\ncapture: {device: \"*x\"}\nwords: {left: &a {threshold: 0.7}, right: *a}\n")
        #expect(settings.words.policy(for: "right").threshold == 0.7)
        #expect(settings.capture.device == "*x")
    }

    @Test func `a file that cannot be read is told apart from one that is missing`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("attuned-settings-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func problem(_ path: String) -> String {
            do {
                _ = try SettingsReader().read(file: path)
                return "none"
            } catch {
                return error.description
            }
        }
        let missing = folder + "/missing.yaml"
        #expect(problem(missing) == "\(missing): there is no such file; name another with --config")
        #expect(try SettingsReader().read(file: missing, mayBeMissing: true) == Settings())
        #expect(problem(folder).contains("is a directory"))
        #expect(problem("/dev/zero").contains("larger than 1 MiB"))
        #expect(problem("/dev/null/x").contains("cannot be read: Not a directory"))
        let file = folder + "/a.yaml"
        try Data("log: {}\n\ncapture: {device: \"".utf8 + [0xE9] + "\"}".utf8).write(to: URL(fileURLWithPath: file))
        #expect(problem(file) == "\(file): line 3 is not UTF-8 text; save the file as UTF-8")
    }

    @Test func `commands count after a wake word, and always if the file says so`() throws {
        let description = try Model(path: Fixture.modelPath).description
        func openers(_ text: String, _ word: String) throws -> Set<String> {
            let policy = try read(text).decisionPolicy(for: description)
            let index = try #require(description.words.firstIndex(of: word))
            return Set(policy.words[index].after.map { description.words[$0] })
        }
        #expect(try openers("log: {}", "left") == Set(description.wakeWords) && description.wakeWords.count == 6)
        #expect(try openers("log: {}", "computer") == [])
        #expect(try openers("words: {default: {after: []}}", "left") == [])
        #expect(try openers("words: {left: {after: [jarvis]}}", "left") == ["jarvis"])
        let deaf = try read("words: {default: {enabled: false}, left: {enabled: true}}")
        #expect(throws: SettingsError.self) { try deaf.decisionPolicy(for: description) }
        #expect(
            deaf.words.validate(words: description.keywords, wakeWords: description.wakeWords).map(\.description) == [
                "a.yaml:1: words.left: can never be heard: it counts only after a wake word, and none is enabled"
            ])
    }

    @Test func `a word never waits for itself by what the default says`() throws {
        let description = try Model(path: Fixture.modelPath).description
        func openers(_ text: String, _ word: String) throws -> [String] {
            let policy = try read(text).decisionPolicy(for: description)
            let index = try #require(description.words.firstIndex(of: word))
            return policy.words[index].after.map { description.words[$0] }
        }
        #expect(try openers("words: {default: {after: computer}}", "computer") == [])
        #expect(try openers("words: {default: {after: computer}}", "left") == ["computer"])
        #expect(try openers("words: {default: {after: computer}, computer: {threshold: 0.9}}", "computer") == [])
        #expect(try openers("words: {default: {after: [computer, left]}}", "left") == [])
        #expect(try openers("words: {default: {after: [wake_words, left]}}", "jarvis") == [])
        #expect(try openers("words: {default: {after: [wake_words, left]}}", "left") == [])
        #expect(try openers("words: {default: {after: [wake_words, left]}}", "right").count == 7)
        #expect(try openers("words: {jarvis: {after: [wake_words, left]}}", "jarvis") == ["left"])
    }

    @Test func `a word of one's own may be named before it is taught, and others may wait for it`() throws {
        let known = ["alexa", "left", "right"]
        func problems(_ text: String) throws -> [String] {
            try read("words: {\(text)}").words.validate(words: known, wakeWords: ["alexa"]).map(\.description)
        }
        #expect(try problems("Hey Pantry: {own: true, threshold: 0.9}, left: {after: hey pantry}").isEmpty)
        #expect(try problems("default: {enabled: false}, hey: {own: true, enabled: true}").isEmpty)
        #expect(try problems("alexa: {enabled: false}, hey: {own: true}").isEmpty)
        #expect(try problems("left: {after: hey}").count == 1)
        #expect(try problems("hey: {threshold: 0.9}")[0].hasSuffix("if it is a word of your own, add \"own: true\""))
        #expect(
            try problems("left: {own: true}")[0].hasSuffix("the model knows this word itself; remove \"own: true\""))
        let description = try Model(path: Fixture.modelPath).description
        let waiting = try read("words: {hey: {own: true}, left: {after: hey}, default: {after: [wake_words, hey]}}")
        let policy = try waiting.decisionPolicy(for: description)
        let left = try #require(description.words.firstIndex(of: "left"))
        #expect(!policy.words[left].enabled && policy.words[left - 1].enabled)
        #expect(
            waiting.notices(for: description) == [
                "words.hey: this word is not taught yet; teach it: attune enroll \"hey\""
            ])
    }

    static let deaf: [(text: String, problems: [String])] = [
        (
            "words: {default: {after: wake_word}}",
            ["1: words.default: after \"wake_word\": the model has no such word; did you mean wake_words?"]
        ),
        (
            "words: {left: {after: wakewords}}",
            ["1: words.left: after \"wakewords\": the model has no such word; did you mean wake_words?"]
        ),
        (
            "words:\n  default: {after: computr}\n  left: {after: lefft}",
            [
                "2: words.default: after \"computr\": the model has no such word; did you mean computer?",
                "3: words.left: after \"lefft\": the model has no such word; did you mean left?",
            ]
        ),
        (
            "words: {left: {after: right}, right: {after: left}}",
            [
                "1: words.left: can never be heard: it counts only after \"right\", which can never be heard either",
                "1: words.right: can never be heard: it counts only after \"left\", which can never be heard either",
            ]
        ),
        (
            "words:\n  up: {after: [left, right]}\n  left: {after: right}\n  right: {after: up}",
            [
                "2: words.up: can never be heard: it counts only after \"left\" or \"right\", and none can ever be heard",
                "3: words.left: can never be heard: it counts only after \"right\", which can never be heard either",
                "4: words.right: can never be heard: it counts only after \"up\", which can never be heard either",
            ]
        ),
        (
            "words:\n  computer: {enabled: false}\n  default: {after: computer}",
            [
                "3: words.default: jarvis, left, right, up can never be heard: they count only after \"computer\", which is not enabled"
            ]
        ),
        (
            "words:\n  default: {after: wake_words}\n  computer: {after: left}\n  jarvis: {enabled: false}",
            [
                "2: words.default: left, right, up can never be heard: they count only after a wake word, and none can ever be heard",
                "3: words.computer: can never be heard: it counts only after \"left\", which can never be heard either",
            ]
        ),
        ("words: {left: {after: [computer, jarvis]}, jarvis: {enabled: false}}", []),
        ("words: {left: {after: right}, right: {after: [left, jarvis]}}", []),
        ("words: {default: {after: computer}}", []),
    ]

    @Test(arguments: deaf)
    func `a policy in which a word can never be heard is refused, and the word is named`(
        _ text: String, _ problems: [String]
    ) throws {
        let known = ["computer", "jarvis", "left", "right", "up"]
        let found = try read(text).words.validate(words: known, wakeWords: ["computer", "jarvis"])
        #expect(found.map(\.description) == problems.map { "a.yaml:\($0)" })
    }

    @Test func `words are compared with those of the model`() throws {
        let settings = try read(
            """
            words:
              left: {after: computr}
              lefft: {threshold: 0.8}
              right: {after: jarvis}
              jarvis: {enabled: false}
            """)
        #expect(
            settings.words.validate(words: ["computer", "jarvis", "left", "right"], wakeWords: []).map(\.description)
                == [
                    "a.yaml:2: words.left: after \"computr\": the model has no such word; did you mean computer?",
                    "a.yaml:3: words.lefft: the model has no such word; did you mean left?; if it is a word of your own, add \"own: true\"",
                    "a.yaml:4: words.right: can never be heard: it counts only after \"jarvis\", which is not enabled",
                ])
        let known = ["computr", "left", "lefft", "right", "jarvis"]
        #expect(settings.words.validate(words: known, wakeWords: ["computr"]).count == 1)
        let none = try read("words: {default: {enabled: false}}")
        #expect(
            none.words.validate(words: ["left"], wakeWords: []).map(\.description) == [
                "configuration: words: no word is enabled; enable at least one"
            ])
    }
}
