import Foundation
import Logging
import Protocol
import ServiceSettings
import Synchronization
import Testing

@Suite struct LoggingTests {
    /// Where a handler under test writes.
    private final class Sink: Sendable {
        let lines = Mutex<[String]>([])
        let entries = Mutex<[[String: String]]>([])

        var write: @Sendable ([UInt8]) -> Void {
            { bytes in self.lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        }
        var send: @Sendable ([(String, String)]) -> Void {
            { fields in self.entries.withLock { $0.append(Dictionary(uniqueKeysWithValues: fields)) } }
        }
    }

    private static let now: @Sendable () -> Timestamp = { Timestamp(millisecondsSince1970: 1_795_343_400_123) }
    private struct Trouble: Error, CustomStringConvertible {
        var description: String { "it broke" }
    }

    @Test func `a JSON line holds time, level, message and the fields as they are`() {
        let sink = Sink()
        var logger = Logger(label: "test") { _ in
            JSONLogHandler(threshold: LogThreshold(.info), write: sink.write, now: Self.now)
        }
        logger[metadataKey: "device"] = "plug \"x\"\n"
        logger.warning(
            "gap",
            metadata: [
                "samples": .stringConvertible(480), "known": .stringConvertible(true), "list": ["a", "b"],
                "map": ["k": "v"],
            ])
        logger.error("failed", error: Trouble())
        logger.debug("not written")
        let lines = sink.lines.withLock { $0 }
        let first = [
            #"{"time":"2026-11-22T10:30:00.123Z","level":"warning","message":"gap","fields":{"device":"plug \"x\"\n","#,
            #""known":true,"list":["a","b"],"map":{"k":"v"},"samples":480}}"#, "\n",
        ].joined()
        let second = [
            #"{"time":"2026-11-22T10:30:00.123Z","level":"error","message":"failed","#,
            #""fields":{"device":"plug \"x\"\n","error":"it broke"}}"#, "\n",
        ].joined()
        #expect(lines == [first, second])
    }

    @Test func `a plain line is for a person, in colour only on a terminal`() {
        for usesColour in [false, true] {
            let sink = Sink()
            let logger = Logger(label: "test") { _ in
                PlainLogHandler(
                    threshold: LogThreshold(.info), usesColour: usesColour, write: sink.write, now: Self.now)
            }
            logger.info("listening", metadata: ["device": "default", "reason": "audio flows", "message_id": "0123"])
            let line = sink.lines.withLock { $0.first } ?? ""
            #expect(line.contains("\u{1B}[") == usesColour)
            if !usesColour {
                #expect(line == "2026-11-22T10:30:00.123Z info     listening device=default reason=\"audio flows\"\n")
            }
        }
    }

    @Test func `no name can forge a line or move the cursor`() {
        let sink = Sink()
        let logger = Logger(label: "test") { _ in
            PlainLogHandler(threshold: LogThreshold(.info), usesColour: false, write: sink.write, now: Self.now)
        }
        logger.info("opened a\nb\u{1B}[2J", metadata: ["name\r": "x\ny \u{9B}"])
        let line = sink.lines.withLock { $0.first } ?? ""
        #expect(line.hasSuffix("opened a\\nb\\u{1b}[2J name\\r=\"x\\ny \\u{9b}\"\n"))
        #expect(line.unicodeScalars.count { $0.properties.generalCategory == .control } == 1)
    }

    @Test func `a journal entry has fields, priority and message id`() {
        let sink = Sink()
        let logger = Logger(label: "test") { _ in JournalLogHandler(threshold: LogThreshold(.trace), send: sink.send) }
        logger.warning(
            "gap", metadata: ["message_id": "fc2e22bc6ee647b6b90729ab34a250b1", "gap-samples": .stringConvertible(480)])
        #expect(
            sink.entries.withLock { $0 } == [
                [
                    "MESSAGE": "gap", "PRIORITY": "4", "SYSLOG_IDENTIFIER": "attuned",
                    "MESSAGE_ID": "fc2e22bc6ee647b6b90729ab34a250b1", "ATTUNED_GAP_SAMPLES": "480",
                ]
            ])
        for level in Logger.Level.allCases { logger.log(level: level, "x") }
        #expect(
            sink.entries.withLock { $0.dropFirst().map { $0["PRIORITY"] ?? "" } } == [
                "7", "7", "6", "5", "4", "3", "2",
            ])
    }

    @Test func `a log that nobody reads holds nobody up, loses the oldest, and tells how many once it is read`() throws
    {
        let isRead = Mutex(false)
        let isReached = Mutex(false)
        let lines = Mutex<[String]>([])
        var settings = Settings().log
        settings.format = .json
        let output = LogOutput(
            settings: settings, standardErrorIsJournal: false,
            standardError: { bytes in
                isReached.withLock { $0 = true }
                while !isRead.withLock({ $0 }) { usleep(1000) }
                lines.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) }
            }, journal: nil)
        let logger = Logger(label: "test") { _ in output.makeHandler() }
        logger.info("the first")
        while !isReached.withLock({ $0 }) { usleep(1000) }
        // More than waits.
        let text = String(repeating: "x", count: 1000)
        for number in 0..<1000 { logger.info("\(number) \(text)") }
        #expect(!output.flush(within: .milliseconds(20)))
        #expect((600..<1000).contains(output.lostMessages))
        isRead.withLock { $0 = true }
        #expect(output.flush(within: .seconds(30)))
        let written = lines.withLock { $0 }
        #expect(written.last?.contains("\"999 ") == true)
        let notices = written.filter { $0.contains("\(output.lostMessages) messages before this one are lost") }
        #expect(notices.count == 1 && written.count == 1002 - output.lostMessages)
    }

    @Test func `a field's own value goes before the logger's`() {
        let sink = Sink()
        var logger = Logger(label: "test") { _ in
            JSONLogHandler(threshold: LogThreshold(.info), write: sink.write, now: Self.now)
        }
        logger[metadataKey: "a"] = "logger"
        logger.info("x", metadata: ["a": "event"])
        #expect(sink.lines.withLock { $0.first }?.contains(#""fields":{"a":"event"}"#) == true)
    }

    @Test func `a new level holds for every logger at once`() {
        let sink = Sink()
        let threshold = LogThreshold(.info)
        let make = {
            Logger(label: "test") { _ in JSONLogHandler(threshold: threshold, write: sink.write, now: Self.now) }
        }
        let loggers = [make(), make()]
        var own = make()
        own.logLevel = .error
        threshold.level = .debug
        for logger in loggers + [own] { logger.debug("x") }
        #expect(sink.lines.withLock { $0.count } == 2)
    }

    @Test func `the automatic format is the journal where there is one, else plain`() {
        #expect(LogFormat.auto.resolved(standardErrorIsJournal: true) == .journal)
        #expect(LogFormat.auto.resolved(standardErrorIsJournal: false) == .plain)
        #expect(LogFormat.json.resolved(standardErrorIsJournal: true) == .json)
        let output = LogOutput(settings: Settings().log, standardErrorIsJournal: true, journal: nil)
        #expect(output.makeHandler() is PlainLogHandler)
        let journal = LogOutput(settings: Settings().log, standardErrorIsJournal: true) { _ in }
        #expect(journal.makeHandler() is JournalLogHandler)
    }
}
