import Evaluation
import Models
import Spotting

extension EvaluationReport {
    /// Tables for people.
    func text(withMatrix matrix: Bool) -> String {
        var parts: [String] = []
        if hasClips { parts += [clipTable] + (matrix ? [matrixTable] : []) + [clipSummary] }
        if !clips.comparison.isEmpty { parts.append(noiseTable) }
        if let streams {
            let networks = secondLook.map { $0 ? ", two networks" : ", the first network alone" } ?? ""
            if !corpus.clips.isEmpty {
                parts.append(
                    "spoken words in a stream, with the model's own thresholds\(networks)\n" + spokenTable(streams))
            }
            if !corpus.speech.isEmpty || !corpus.noise.isEmpty {
                parts.append(alarmTitle(streams.conditions[0]) + "\n" + alarmTable(streams))
                parts.append("false alarms by source, as it is\n" + sourceTable(streams.conditions[0]))
                for group in groups {
                    let worst = streams.conditions[0].worst(of: group.words)
                    guard !worst.isEmpty else { continue }
                    parts.append(
                        "the worst of \(group.name), events and what nearly was one; scores are log-odds: 4.6 is 0.99, "
                            + "6.9 is 0.999\n" + worstTable(worst))
                }
                if !corpus.clips.isEmpty {
                    parts.append(
                        "misses at so many false alarms an hour, with one threshold for all words\n"
                            + tradeoffTable(streams))
                }
            }
            parts.append("word by word, with the model's own thresholds\n" + wordTable(streams))
        }
        if let streamEqualsClip {
            parts.append("streams and clips get " + (streamEqualsClip ? "the same answers" : "DIFFERENT ANSWERS"))
        }
        let caveats = (usedNoise ? corpus.caveats(noise: noise) : []) + resolutionCaveats
        if !caveats.isEmpty { parts.append(caveats.map { "note: \($0)" }.joined(separator: "\n")) }
        return parts.joined(separator: "\n\n")
    }

    /// Whether noise or running speech took part in any result.
    private var usedNoise: Bool { streams != nil || !clips.comparison.isEmpty || !corpus.noise.isEmpty }

    /// Rates of false alarms that so little background cannot tell from none.
    private var resolutionCaveats: [String] {
        guard let streams, let group = groups.first else { return [] }
        let hours = streams.conditions[0].operatingAlarms.hours(group.words)
        guard hours > 0, hours * (Self.alarmRates.min() ?? 0) < 1 else { return [] }
        return [
            "with \(hours.formatted(2)) h of speech and noise, fewer than \((1 / hours).formatted(1)) false alarms an "
                + "hour means none at all"
        ]
    }

    private var clipTable: String {
        let confusion = clips.clean.confusion
        var table = Table(["word", "clips", "recall", "precision"])
        for (row, label) in confusion.labels.enumerated() {
            guard let recall = confusion.recall(row) else { continue }
            let clips = confusion.counts[row].reduce(0, +)
            table.add([label, "\(clips)", recall.percent, confusion.precision(row)?.percent ?? "-"])
        }
        return table.text
    }

    private var matrixTable: String {
        let confusion = clips.clean.confusion
        let used = confusion.labels.indices.filter { confusion.recall($0) != nil || confusion.precision($0) != nil }
        var table = Table(["spoken"] + used.map { String(confusion.labels[$0].prefix(5)) })
        for row in used where confusion.recall(row) != nil {
            table.add(
                [confusion.labels[row]]
                    + used.map { confusion.counts[row][$0] == 0 ? "." : "\(confusion.counts[row][$0])" })
        }
        return table.text
    }

    private var clipSummary: String {
        let confusion = clips.clean.confusion
        return """
            accuracy \(Terminal.bold(confusion.accuracy.percent)) (\(confusion.correct) of \(confusion.total) clips), \
            mean over words \(confusion.meanRecall.percent), \(model.description.name) \(model.description.version)
            expected calibration error \(clips.clean.reliability.expectedCalibrationError.percent)
            """
    }

    private var noiseTable: String {
        var table = Table(["clips in noise", "accuracy", "95 %", "mean over words"])
        for condition in clips.comparison {
            let confusion = condition.confusion
            table.add([
                ratioName(condition.signalToNoiseDB), confusion.accuracy.percent,
                Interval.wilson(Double(confusion.correct), of: Double(confusion.total)).percentText,
                confusion.meanRecall.percent,
            ])
        }
        return table.text
    }

    private func spokenTable(_ streams: StreamEvaluation) -> String {
        var table = Table([
            "", "words", "spoken", "missed", "", "95 %", "twice", "confused", "elsewhere", "ms after: 50 %", "90 %",
            "99 %",
        ])
        for condition in streams.conditions {
            let counts = condition.operatingWords
            for group in groups where counts.total(\.spoken, group.words) > 0 {
                let (spoken, misses) = (counts.total(\.spoken, group.words), counts.misses(group.words))
                table.add(
                    [
                        condition.name, group.name, "\(spoken)", "\(misses)", (Double(misses) / Double(spoken)).percent,
                        Interval.wilson(Double(misses), of: Double(spoken)).percentText,
                        "\(counts.total(\.duplicates, group.words))", "\(counts.total(\.confusions, group.words))",
                        "\(counts.total(\.strays, group.words))",
                    ]
                        + [0.5, 0.9, 0.99].map {
                            counts.latencies(group.words).percentile($0)?.formatted(0) ?? "-"
                        })
            }
        }
        return table.text
    }

    private func alarmTitle(_ clean: StreamCounts) -> String {
        func hours(_ counts: AlarmCounts) -> String { counts.longestHours.formatted(2) }
        return "false alarms in \(hours(clean.operatingAlarmsInSpeech)) h of running speech and "
            + "\(hours(clean.operatingAlarmsInNoise)) h of noise, with the model's own thresholds"
    }

    private func alarmTable(_ streams: StreamEvaluation) -> String {
        var table = Table(["", "words", "hours", "in speech", "in noise", "an hour", "95 %"])
        for condition in streams.conditions {
            for group in groups {
                let point = condition.tradeoff(group.words).operatingPoint
                table.add([
                    condition.name, group.name, point.hours.formatted(2),
                    "\(condition.operatingAlarmsInSpeech.total(group.words))",
                    "\(condition.operatingAlarmsInNoise.total(group.words))", point.alarmRate.formatted(1),
                    point.alarmInterval.rateText,
                ])
            }
        }
        return table.text
    }

    private func sourceTable(_ condition: StreamCounts) -> String {
        var table = Table(["source", "", "hours"] + groups.flatMap { [$0.name, "an hour", "95 %"] })
        for source in condition.sources {
            table.add(
                [source.source, source.isSpeech ? "speech" : "noise", source.alarms.longestHours.formatted(2)]
                    + groups.flatMap { group in
                        let point = source.point(group.words)
                        guard point.hours > 0 else { return ["-", "-", "-"] }
                        return ["\(point.alarms)", point.alarmRate.formatted(1), point.alarmInterval.rateText]
                    })
        }
        return table.text
    }

    private func worstTable(_ worst: [FalseAlarm]) -> String {
        var table = Table(["recording", "at", "word", "score", "needed", ""])
        for alarm in worst {
            table.add([
                alarm.recording.path, alarm.seconds.clockText, model.description.words[alarm.word],
                alarm.score.formatted(1), alarm.threshold.formatted(1), alarm.isEvent ? "event" : "nearly",
            ])
        }
        return table.text
    }

    private func tradeoffTable(_ streams: StreamEvaluation) -> String {
        let titles = Self.alarmRates.flatMap { ["at \($0) an hour", "95 %"] }
        var table = Table(["", "words"] + titles)
        for condition in streams.conditions {
            for group in groups {
                let tradeoff = condition.tradeoff(group.words)
                guard tradeoff.operatingPoint.spoken > 0 else { continue }
                table.add(
                    [condition.name, group.name]
                        + Self.alarmRates.flatMap { rate in
                            tradeoff.point(alarmRateAtMost: rate).map {
                                [$0.missRate.percent, $0.missInterval.percentText]
                            } ?? ["-", "-"]
                        })
            }
        }
        return table.text
    }

    private func wordTable(_ streams: StreamEvaluation) -> String {
        let titles = streams.conditions.map { $0.signalToNoiseDB == nil ? "missed" : "at \($0.name)" }
        var table = Table(["word", "spoken"] + titles + ["hours", "false alarms", "an hour", "95 %"])
        for word in keywords {
            let clean = streams.conditions[0].tradeoff([word]).operatingPoint
            let misses = streams.conditions.map { condition in
                clean.spoken == 0 ? "-" : condition.tradeoff([word]).operatingPoint.missRate.percent
            }
            table.add(
                [model.description.words[word], "\(clean.spoken)"] + misses
                    + (clean.hours > 0
                        ? [
                            clean.hours.formatted(2), "\(clean.alarms)", clean.alarmRate.formatted(1),
                            clean.alarmInterval.rateText,
                        ] : ["-", "-", "-", "-"]))
        }
        return table.text
    }
}
