import Evaluation
import Models
import Protocol
import Spotting

extension EvaluationReport {
    /// Everything, as one object.
    var json: JSONLine {
        let confusion = clips.clean.confusion
        var line = JSONLine()
        line.add("accuracy", hasClips ? confusion.accuracy.rounded(decimals: 4) : nil)
        line.add("mean_recall", hasClips ? confusion.meanRecall.rounded(decimals: 4) : nil)
        line.add("clips", confusion.total)
        line.add("correct", confusion.correct)
        line.add("failed", failed)
        line.add("model", model.description.name)
        line.add("model_version", model.description.version)
        line.add("second_look", secondLook)
        line.add("recall", perLabel(confusion.recall))
        line.add("precision", perLabel(confusion.precision))
        line.add("labels", confusion.labels)
        line.add("confusion", confusion.counts)
        line.add(
            "calibration_error",
            hasClips ? clips.clean.reliability.expectedCalibrationError.rounded(decimals: 4) : nil)
        line.add("reliability", clips.clean.reliability.bins.map(\.json))
        line.add("in_noise", clips.comparison.map(json))
        line.add("noise", noise.isWhite ? "white" : "recorded")
        line.add("notes", corpus.caveats(noise: noise))
        line.add("wake_words", wakeWords)
        line.add("stream_equals_clip", streamEqualsClip)
        line.add("streams", streams?.conditions.map(json))
        return line
    }

    private func perLabel(_ value: (Int) -> Double?) -> JSONLine {
        var line = JSONLine()
        for (index, label) in model.description.words.enumerated() {
            line.add(label, value(index)?.rounded(decimals: 4))
        }
        return line
    }

    private func json(_ condition: ClipEvaluation.Condition) -> JSONLine {
        let confusion = condition.confusion
        var line = JSONLine()
        line.add("snr_db", condition.signalToNoiseDB)
        line.add("accuracy", confusion.accuracy.rounded(decimals: 4))
        line.add("mean_recall", confusion.meanRecall.rounded(decimals: 4))
        line.add("clips", confusion.total)
        line.add("correct", confusion.correct)
        line.add("recall", perLabel(confusion.recall))
        line.add("calibration_error", condition.reliability.expectedCalibrationError.rounded(decimals: 4))
        return line
    }

    private func json(_ condition: StreamCounts) -> JSONLine {
        var line = JSONLine()
        line.add("snr_db", condition.signalToNoiseDB)
        line.add("hours_of_speech", condition.operatingAlarmsInSpeech.longestHours.rounded(decimals: 4))
        line.add("hours_of_noise", condition.operatingAlarmsInNoise.longestHours.rounded(decimals: 4))
        for group in groups {
            line.add(
                group.name.replacing(" ", with: "_"), json(condition, group.words, withCurve: true, withWorst: true))
        }
        var words = JSONLine()
        for word in keywords {
            let label = model.description.words[word]
            words.add(label, json(condition, [word], withCurve: wakeWords.contains(label)))
        }
        line.add("words", words)
        line.add("sources", condition.sources.map(json))
        return line
    }

    private func json(_ source: SourceCounts) -> JSONLine {
        var line = JSONLine()
        line.add("source", source.source)
        line.add("kind", source.isSpeech ? "speech" : "noise")
        for group in groups {
            var counts = source.point(group.words).json
            var words = JSONLine()
            for word in group.words where source.alarms.alarms[word] > 0 {
                words.add(model.description.words[word], source.alarms.alarms[word])
            }
            counts.add("words", words)
            line.add(group.name.replacing(" ", with: "_"), counts)
        }
        return line
    }

    private func json(_ alarm: FalseAlarm) -> JSONLine {
        var line = JSONLine()
        line.add("path", alarm.recording.path)
        line.add("source", alarm.recording.source)
        line.add("seconds", alarm.seconds.rounded(decimals: 2))
        line.add("keyword", model.description.words[alarm.word])
        line.add("score", alarm.score.rounded(decimals: 2))
        line.add("threshold", alarm.threshold.rounded(decimals: 2))
        line.add("event", alarm.isEvent)
        return line
    }

    private func json(_ condition: StreamCounts, _ words: [Int], withCurve: Bool, withWorst: Bool = false) -> JSONLine {
        let tradeoff = condition.tradeoff(words)
        let counts = condition.operatingWords
        var line = tradeoff.operatingPoint.json
        if withWorst { line.add("worst_false_alarms", condition.worst(of: words).map(json)) }
        line.add("duplicates", counts.total(\.duplicates, words))
        line.add("confusions", counts.total(\.confusions, words))
        line.add("strays", counts.total(\.strays, words))
        var latency = JSONLine()
        for part in [50, 90, 99] {
            latency.add("p\(part)", counts.latencies(words).percentile(Double(part) / 100)?.rounded(decimals: 1))
        }
        line.add("latency_ms", latency)
        if tradeoff.operatingPoint.hours > 0 {
            var rates = JSONLine()
            for rate in Self.alarmRates { rates.add("\(rate)", tradeoff.point(alarmRateAtMost: rate)?.json) }
            line.add("at_false_alarms_per_hour", rates)
            if withCurve { line.add("curve", tradeoff.points.map(\.json)) }
        }
        return line
    }
}

extension Reliability.Bin {
    var json: JSONLine {
        var line = JSONLine()
        line.add("count", count)
        line.add("confidence", meanConfidence.rounded(decimals: 4))
        line.add("accuracy", accuracy.rounded(decimals: 4))
        return line
    }
}

extension Tradeoff.Point {
    /// Without a threshold for the model's own; without rates where nothing was listened to.
    var json: JSONLine {
        var line = JSONLine()
        line.add("threshold", threshold?.probability)
        // In log-odds: what a probability does not tell where it is nothing but nines.
        line.add("threshold_score", threshold.map { Double(LogOdds.of(probability: $0)).rounded(decimals: 2) })
        line.add("spoken", spoken)
        line.add("misses", misses)
        if spoken > 0 {
            line.add("miss_rate", missRate.rounded(decimals: 4))
            line.add("miss_interval", missInterval.json)
        }
        if hours > 0 {
            line.add("hours", hours.rounded(decimals: 4))
            line.add("false_alarms", alarms)
            line.add("false_alarms_per_hour", alarmRate.rounded(decimals: 4))
            line.add("false_alarms_interval", alarmInterval.json)
        }
        return line
    }
}

extension Interval {
    var json: [Double] { [lower.rounded(decimals: 4), upper.rounded(decimals: 4)] }
}
