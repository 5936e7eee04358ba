import FoundationEssentials

/// A line that a client read from the socket.
public struct ReceivedMessage: Sendable, Equatable {
    /// What it says.
    public enum Content: Sendable, Equatable {
        case hello(HelloMessage)
        case status(StatusMessage)
        case keyword(KeywordEvent)
        case health(HealthReport)
        case metrics(MetricsReport)
        case events(EventsAnswer)
        case subscribe(SubscribeAnswer)
        case reload(ReloadAnswer)
        case selfTest(SelfTestAnswer)
        case mute(MuteAnswer)
        case activate(ActivateAnswer)
        case words(WordsAnswer)
        case word(WordAnswer)
        case wordChange(WordChangeAnswer)
        case mark(Mark)
        case marks(MarksAnswer)
        case learning(LearningAnswer)
        case audio(AudioMessage)
        case setWord(SetWordAnswer)
        case devices(DevicesAnswer)
        case setDevice(SetDeviceAnswer)
        case gap(GapEvent)
        case nearMiss(NearMissEvent)
        case suppressed(SuppressedEvent)
        case shadow(ShadowEvent)
        case error(ErrorMessage)
        /// A type that this version does not know. A reader ignores it, or prints the line.
        case other(type: String)
    }

    public let content: Content
    /// The id of the request that this answers; nil for what comes unasked.
    public let answeredID: RequestID?
    /// The line as it came, without its line feed.
    public let line: String

    /// The numbers that a message may hold, those that JSON carries exactly (RFC 7493): whatever is computed of a few of
    /// them has room.
    static let numberRange = -0x1p53...0x1p53

    /// - Throws: ``UnreadableLine`` when it is not a message of this protocol, or holds a number beyond ``numberRange``.
    public init(line bytes: [UInt8]) throws(UnreadableLine) {
        line = String(decoding: bytes, as: UTF8.self)
        do {
            let message = try JSONDecoder().decode(Envelope.self, from: Data(bytes))
            _ = try JSONDecoder().decode(NumberCheck.self, from: Data(bytes))
            content = message.content
            answeredID = message.answeredID
        } catch {
            throw UnreadableLine(start: String(line.prefix(200)))
        }
    }
}

private struct Envelope: Decodable {
    let content: ReceivedMessage.Content
    let answeredID: RequestID?

    private enum CodingKeys: String, CodingKey {
        case type, id
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        content =
            switch type {
            case HelloMessage.type: .hello(try HelloMessage(from: decoder))
            case StatusMessage.type: .status(try StatusMessage(from: decoder))
            case KeywordEvent.type: .keyword(try KeywordEvent(from: decoder))
            case HealthReport.type: .health(try HealthReport(from: decoder))
            case MetricsReport.type: .metrics(try MetricsReport(from: decoder))
            case EventsAnswer.type: .events(try EventsAnswer(from: decoder))
            case SubscribeAnswer.type: .subscribe(try SubscribeAnswer(from: decoder))
            case ReloadAnswer.type: .reload(try ReloadAnswer(from: decoder))
            case SelfTestAnswer.type: .selfTest(try SelfTestAnswer(from: decoder))
            case ActivateAnswer.type: .activate(try ActivateAnswer(from: decoder))
            case WordsAnswer.type: .words(try WordsAnswer(from: decoder))
            case WordAnswer.type: .word(try WordAnswer(from: decoder))
            case WordChangeAnswer.type: .wordChange(try WordChangeAnswer(from: decoder))
            case Mark.type: .mark(try Mark(from: decoder))
            case MarksAnswer.type: .marks(try MarksAnswer(from: decoder))
            case LearningAnswer.type: .learning(try LearningAnswer(from: decoder))
            case MuteAnswer.type: .mute(try MuteAnswer(from: decoder))
            case AudioMessage.type: .audio(try AudioMessage(from: decoder))
            case SetWordAnswer.type: .setWord(try SetWordAnswer(from: decoder))
            case DevicesAnswer.type: .devices(try DevicesAnswer(from: decoder))
            case SetDeviceAnswer.type: .setDevice(try SetDeviceAnswer(from: decoder))
            case NearMissEvent.type: .nearMiss(try NearMissEvent(from: decoder))
            case SuppressedEvent.type: .suppressed(try SuppressedEvent(from: decoder))
            case ShadowEvent.type: .shadow(try ShadowEvent(from: decoder))
            case GapEvent.type: .gap(try GapEvent(from: decoder))
            case ErrorMessage.type: .error(try ErrorMessage(from: decoder))
            default: .other(type: type)
            }
        // The id of a keyword event is the event's own.
        answeredID = type == KeywordEvent.type ? nil : try? container.decode(RequestID.self, forKey: .id)
    }
}

/// Any value whose numbers are all within ``ReceivedMessage/numberRange``.
private struct NumberCheck: Decodable {
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: AnyKey.self) {
            for key in object.allKeys { _ = try object.decode(NumberCheck.self, forKey: key) }
        } else if var list = try? decoder.unkeyedContainer() {
            while !list.isAtEnd { _ = try list.decode(NumberCheck.self) }
        } else if let number = try? decoder.singleValueContainer().decode(Double.self),
            !ReceivedMessage.numberRange.contains(number)
        {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a number beyond what JSON carries exactly"))
        }
    }
}
