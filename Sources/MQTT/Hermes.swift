import FoundationEssentials
import Protocol

/// The messages of Hermes, by which Rhasspy and its successors tell hotwords.
enum Hermes {
    /// `hermes/hotword/ID/detected`.
    static func detected(_ event: KeywordEvent, siteID: String) -> JSONLine {
        var line = JSONLine()
        line.add("modelId", event.keyword)
        line.add("modelVersion", event.modelVersion)
        line.add("modelType", "universal")
        line.add("currentSensitivity", event.threshold)
        line.add("siteId", siteID)
        return line
    }

    /// For which site hotwords are switched; nil where that is not said.
    static func siteID(of payload: [UInt8]) -> String? {
        struct Toggle: Decodable { let siteId: String? }
        return try? JSONDecoder().decode(Toggle.self, from: Data(payload)).siteId
    }
}
