import FoundationEssentials

/// One line from a reader, understood as far as it could be.
package struct RequestLine {
    /// What the answer must carry; nil when the reader gave none.
    package let id: RequestID?
    package let request: Result<Request, ErrorMessage>

    /// Never throws: whatever the bytes are, there is an answer to give.
    package init(_ bytes: [UInt8]) {
        // JSONDecoder also takes UTF-16 and UTF-32, which nobody means on a line that ends with a line feed.
        guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
            self.init(failure: "the line is not UTF-8 text; send one JSON object a line")
            return
        }
        do {
            self = try JSONDecoder().decode(RequestLine.self, from: Data(bytes))
        } catch DecodingError.typeMismatch, DecodingError.valueNotFound {
            self.init(failure: "the line is JSON but not an object; send one like {\"id\":1,\"request\":\"status\"}")
        } catch {
            self.init(failure: "the line is not JSON; send one object a line like {\"id\":1,\"request\":\"status\"}")
        }
    }

    private init(failure: String) {
        id = .null
        request = .failure(ErrorMessage(.notAnObject, failure))
    }
}

extension RequestLine: Decodable {
    private enum CodingKeys: String, CodingKey {
        case id, request, since, types, event, model, version, seconds, reason, name, threshold, enabled, reset, device
        case before = "before_ms"
        case startSample = "start_sample"
        case duration = "duration_ms"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let given: RequestID?
        do {
            given = try container.contains(.id) ? container.decode(RequestID.self, forKey: .id) : nil
        } catch {
            id = .null
            request = .failure(ErrorMessage(.badField, "id must be a string or a number"))
            return
        }
        if case .number(let number) = given, number.magnitude >= 0x1p53 {
            id = .null
            request = .failure(ErrorMessage(.badField, "id is too large to be echoed exactly; send it as a string"))
            return
        }
        id = given
        do {
            request = .success(try Self.request(in: container, of: decoder))
        } catch {
            request = .failure(error)
        }
    }

    private static func request(
        in container: KeyedDecodingContainer<CodingKeys>, of decoder: any Decoder
    ) throws(ErrorMessage) -> Request {
        guard let name = try? container.decode(String.self, forKey: .request) else {
            throw ErrorMessage(
                .badField, "request is missing or not a string; give one of \(Request.names.joined(separator: ", "))")
        }
        switch name {
        case "status": return .status
        case "health": return .health
        case "metrics": return .metrics
        case "selftest": return .selfTest(name: try wordToTest(in: container))
        case "reload": return .reload
        case "mute": return .mute(try muteTerms(in: container))
        case "unmute": return .unmute
        case "activate": return .activate(try choice(in: container))
        case "audio": return .audio(try audio(in: container))
        case "set_word": return .setWord(try wordChange(in: container))
        case "devices": return .devices
        case "set_device": return .setDevice(try deviceChoice(in: container))
        case "events":
            guard container.contains(.since) else { return .events(since: 0) }
            guard let since = try? container.decode(UInt64.self, forKey: .since) else {
                throw ErrorMessage(.badField, "since must be a whole number, the id of the last event that you have")
            }
            return .events(since: since)
        case "subscribe":
            guard let names = try? container.decode([String].self, forKey: .types) else {
                throw ErrorMessage(.badField, "types must be a list of \(Self.typeNames)")
            }
            var types: Set<EventType> = []
            for name in names {
                guard let type = EventType(rawValue: name) else {
                    throw ErrorMessage(.badField, "types has \"\(shortened(name))\"; give some of \(Self.typeNames)")
                }
                types.insert(type)
            }
            return .subscribe(types)
        default:
            if let request = try OwnWordRequest(named: name, from: decoder) { return .ownWords(request) }
            if let request = try MarkRequest(named: name, from: decoder) { return .mark(request) }
            throw ErrorMessage(
                .unknownRequest,
                "there is no request \"\(shortened(name))\"; give one of \(Request.names.joined(separator: ", "))")
        }
    }

    private static func muteTerms(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> MuteTerms {
        var terms = MuteTerms()
        if container.contains(.seconds) {
            terms.seconds = try? container.decode(Int.self, forKey: .seconds)
            guard let seconds = terms.seconds, (1...MuteTerms.longestSeconds).contains(seconds) else {
                throw ErrorMessage(.badField, "seconds must be a whole number from 1 to \(MuteTerms.longestSeconds)")
            }
        }
        if container.contains(.reason) {
            terms.reason = try? container.decode(String.self, forKey: .reason)
            guard let reason = terms.reason, reason.count <= MuteTerms.longestReason else {
                throw ErrorMessage(.badField, "reason must be a text of at most \(MuteTerms.longestReason) characters")
            }
        }
        return terms
    }

    private static func wordToTest(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> String? {
        guard container.contains(.name) else { return nil }
        guard let name = try? container.decode(String.self, forKey: .name) else {
            throw ErrorMessage(
                .badField, "name must be a string, a word of one's own; without it the model's clip is heard")
        }
        return shortened(name, to: 64)
    }

    private static func choice(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> ModelChoice {
        guard let version = try? container.decode(String.self, forKey: .version) else {
            throw ErrorMessage(.badField, "version must be a string, that of the model to be activated")
        }
        guard container.contains(.model) else { return ModelChoice(version: shortened(version)) }
        guard let name = try? container.decode(String.self, forKey: .model) else {
            throw ErrorMessage(.badField, "model must be a string, the name of the model to be activated")
        }
        return ModelChoice(name: shortened(name), version: shortened(version))
    }

    private static func wordChange(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> WordChange {
        guard let name = try? container.decode(String.self, forKey: .name) else {
            throw ErrorMessage(.badField, "name must be a string, the word that is to be changed")
        }
        var change = WordChange(name: shortened(name, to: 64), resets: try flag(.reset, in: container) ?? false)
        change.isEnabled = try flag(.enabled, in: container)
        if container.contains(.threshold) {
            change.threshold = try? container.decode(Double.self, forKey: .threshold)
            guard let threshold = change.threshold, (0...1).contains(threshold) else {
                throw ErrorMessage(.badField, "threshold must be a number from 0 to 1")
            }
        }
        guard change.threshold != nil || change.isEnabled != nil || change.resets else {
            throw ErrorMessage(.badField, "give threshold, enabled, or \"reset\": true")
        }
        return change
    }

    private static func deviceChoice(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> DeviceChoice {
        if try flag(.reset, in: container) == true { return .configured }
        guard let name = try? container.decode(String.self, forKey: .device) else {
            throw ErrorMessage(.badField, "device must be a string, one that devices lists; or give \"reset\": true")
        }
        return .named(name)
    }

    private static func flag(
        _ key: CodingKeys, in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> Bool? {
        guard container.contains(key) else { return nil }
        guard let value = try? container.decode(Bool.self, forKey: key) else {
            throw ErrorMessage(.badField, "\(key.stringValue) must be true or false")
        }
        return value
    }

    private static func audio(
        in container: KeyedDecodingContainer<CodingKeys>
    ) throws(ErrorMessage) -> AudioRequest {
        func whole(_ key: CodingKeys, upTo limit: UInt64) throws(ErrorMessage) -> UInt64? {
            guard container.contains(key) else { return nil }
            guard let value = try? container.decode(UInt64.self, forKey: key), value <= limit else {
                throw ErrorMessage(.badField, "\(key.stringValue) must be a whole number from 0 to \(limit)")
            }
            return value
        }
        let longest = UInt64(AudioRequest.longestMilliseconds)
        let duration = try whole(.duration, upTo: longest)
        let before = try whole(.before, upTo: longest) ?? 0
        let start: AudioRequest.Start
        if let event = try whole(.event, upTo: .max) {
            start = .beforeEvent(id: event, milliseconds: Int(before))
        } else if let sample = try whole(.startSample, upTo: 1 << 53) {
            start = .sample(sample)
        } else {
            throw ErrorMessage(.badField, "give event, the id of a keyword event, or start_sample")
        }
        return AudioRequest(start: start, milliseconds: duration.map(Int.init))
    }

    private static var typeNames: String { EventType.allCases.map(\.rawValue).joined(separator: ", ") }
}

/// What a stranger sent, short enough to be quoted back.
private func shortened(_ text: String, to length: Int = 40) -> String {
    text.count > length ? text.prefix(length) + "…" : text
}
