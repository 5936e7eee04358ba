import Foundation
import Protocol
import TestServer
import Testing

@Suite struct MessageTests {
    @Test func `a keyword line is the one that the design shows`() {
        #expect(
            keyword(7).jsonLine().text
                == #"{"type":"keyword","id":7,"keyword":"left","confidence":0.973,"threshold":0.82,"model":"commands","#
                + #""model_version":"0.1.0","timestamp":"2026-11-22T10:30:00.123Z","start_sample":731200,"#
                + #""end_sample":741760,"latency_ms":118.0,"processing_time":0.0004,"level_dbfs":-31.2,"#
                + #""device":"plughw:CARD=Mic"}"#)
    }

    @Test func `every message reads back as what was written`() throws {
        let source = TestSource()
        var event = keyword(3)
        event.confidence = 0.973
        event.levelDBFS = -31.2
        event.scores = WordScores(score: 3.58, threshold: 1.52, firstConfidence: 0.99995, secondConfidence: 0.5)
        var status = source.status()
        status.levelDBFS = -47.1
        status.lastEvent = .init(event)
        (status.expectedFalseAlarmsPerHour, status.expectedMissed) = (0.1, 0.014)
        var metrics = source.metrics()
        metrics.latencyMaxMilliseconds = 200
        (status.peakDBFS, status.wordsVersion, status.changedWords, status.configuredDevice) = (-3, 4, ["left"], "x")
        let devices = DevicesAnswer(
            device: "x", configured: "default", devices: [.init(name: "x", description: "A \"good\" one")])
        let gap = GapEvent(cause: "overrun", sample: 7, lostSamples: 3, timestamp: TestSource.started)
        let audio = AudioMessage(startSample: 7, samples: [0, 1, -1, .max, .min], isEnd: true)
        let word = HeardWord(
            keyword: "left", confidence: 0.5, threshold: 0.75, timestamp: TestSource.started, startSample: 1,
            endSample: 2,
            levelDBFS: -31.2, scores: WordScores(score: 0, threshold: 1.1))
        let mark = Mark(
            name: "1-2", kind: .wrong, keyword: "left", event: 7, timestamp: TestSource.started, score: 4.1,
            thresholdScore: 1.5, model: "commands", modelVersion: "1.0.0", hasAudio: true)
        let words = WordsAnswer(
            words: [
                .init(
                    keyword: "hey", isOwn: true, isWakeWord: false, isEnabled: true, threshold: 0.5, thresholdScore: 0,
                    after: ["left"], withinSeconds: 5, asksSecond: true, card: ["takes": .number(5)])
            ], problems: [.init(name: "you", reason: "damaged")])
        let ownWord = WordAnswer(
            name: "hey", word: .object(["a": .list([.null])]), takes: [1, 3], recording: [1, 255])
        let contents: [(JSONLine, ReceivedMessage.Content)] = [
            (source.hello().jsonLine(), .hello(source.hello())), (status.jsonLine(), .status(status)),
            (event.jsonLine(), .keyword(event)), (source.health().jsonLine(), .health(source.health())),
            (metrics.jsonLine(), .metrics(metrics)),
            (
                EventsAnswer(count: 1, newestID: 2, incomplete: true).jsonLine(),
                .events(EventsAnswer(count: 1, newestID: 2, incomplete: true))
            ),
            (SubscribeAnswer(types: ["status"]).jsonLine(), .subscribe(SubscribeAnswer(types: ["status"]))),
            (ReloadAnswer(summary: "x").jsonLine(), .reload(ReloadAnswer(summary: "x"))),
            (
                SelfTestAnswer(detected: false, keyword: "left", confidence: nil, latencyMilliseconds: nil).jsonLine(),
                .selfTest(.init(detected: false, keyword: "left", confidence: nil, latencyMilliseconds: nil))
            ),
            (MuteAnswer(muted: true).jsonLine(), .mute(MuteAnswer(muted: true))),
            (mark.jsonLine(), .mark(mark)),
            (
                MarksAnswer(marks: [mark], keepsSound: true).jsonLine(),
                .marks(MarksAnswer(marks: [mark], keepsSound: true))
            ),
            (words.jsonLine(), .words(words)), (ownWord.jsonLine(), .word(ownWord)),
            (
                WordChangeAnswer(name: "hey", change: "remove_word").jsonLine(),
                .wordChange(WordChangeAnswer(name: "hey", change: "remove_word"))
            ),
            (
                SetWordAnswer(word: TestSource.word, kept: true).jsonLine(),
                .setWord(SetWordAnswer(word: TestSource.word, kept: true))
            ),
            (devices.jsonLine(), .devices(devices)),
            (SetDeviceAnswer(device: "x", kept: false).jsonLine(), .setDevice(.init(device: "x", kept: false))),
            (gap.jsonLine(), .gap(gap)), (audio.jsonLine(), .audio(audio)),
            (NearMissEvent(word).jsonLine(), .nearMiss(NearMissEvent(word))),
            (SuppressedEvent(word, cause: "x").jsonLine(), .suppressed(SuppressedEvent(word, cause: "x"))),
            (ErrorMessage(.failed, "x").jsonLine(), .error(ErrorMessage(.failed, "x"))),
        ]
        for (line, content) in contents {
            let message = try ReceivedMessage(line: line.utf8)
            #expect(message.content == content)
            #expect(message.answeredID == nil)
            #expect(message.line == line.text)
        }
    }

    @Test func `what is nearly certain is told apart on the wire`() {
        var event = keyword(1)
        (event.confidence, event.threshold) = (0.99995, 0.9999)
        #expect(event.jsonLine().text.contains(#""confidence":0.99995,"threshold":0.9999,"#))
    }

    @Test func `unknown fields and types are no error`() throws {
        let line = String(ErrorMessage(.failed, "x").jsonLine().text.dropLast()) + #","later":{"a":[1]}}"#
        #expect(try ReceivedMessage(line: Array(line.utf8)).content == .error(ErrorMessage(.failed, "x")))
        let type = "of_tomorrow"
        #expect(try ReceivedMessage(line: Array(#"{"type":"\#(type)"}"#.utf8)).content == .other(type: type))
    }

    @Test(arguments: [
        (#""id":7"#, #""id":18446744073709551615"#), (#""latency_ms":118.0"#, #""latency_ms":1e17"#),
        (#""threshold":0.82"#, #""threshold":-1e300"#), ("}", #","later":[{"deep":9007199254740994}]}"#),
    ])
    func `a message with a number that JSON does not carry exactly is not understood`(
        _ text: String, _ wild: String
    ) throws {
        let line = keyword(7).jsonLine().text
        let altered = line.replacingOccurrences(of: text, with: wild)
        #expect(altered != line)
        #expect(throws: UnreadableLine.self) { try ReceivedMessage(line: Array(altered.utf8)) }
        let largest = line.replacingOccurrences(of: "}", with: #","later":[{"deep":9007199254740992}]}"#)
        #expect(
            try ReceivedMessage(line: Array(largest.utf8)).content == ReceivedMessage(line: Array(line.utf8)).content)
    }

    @Test(arguments: [Int64.min, -62_167_219_200_001, -1, 0, 253_402_300_799_999, 253_402_300_800_000, .max])
    func `any moment is written as a time that reads back, the nearest in four digits of years`(_ moment: Int64) {
        let written = Timestamp(millisecondsSince1970: moment)
        let read = Timestamp("\(written)")?.millisecondsSince1970
        #expect(read == min(max(moment, -62_167_219_200_000), 253_402_300_799_999))
    }

    @Test(arguments: [
        "2147483647-1-1-1-1-1-000", "2147483648-1-1-1-1-1-000", "2026-11-22T10:30:00.123z", "2026-02-31T10:30:00.123Z",
        "2026-11-22T25:30:00.123Z", "-026-11-22T10:30:00.123Z", "٢٠26-11-22T10:30:00.12Z", "",
    ])
    func `what is no time of the protocol is none`(_ text: String) { #expect(Timestamp(text) == nil) }

    @Test func `the protocol's description lists the requests that hello lists`() throws {
        let page = try String(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Sources/Protocol/PROTOCOL.md"), encoding: .utf8)
        let names = Request.names.map { "\"\($0)\"" }.joined(separator: ",")
        #expect(page.contains("\"requests\":[\(names)]"))
    }

    @Test func `digital silence has a level that JSON can say`() throws {
        var event = keyword(1)
        event.levelDBFS = -.infinity
        #expect(event.jsonLine().text.contains(#""level_dbfs":-120.0"#))
    }
}
