/// What a setting may be, and where it goes.
enum SettingValue: Sendable {
    typealias Place<Value> = any WritableKeyPath<Settings, Value> & Sendable

    case text(Place<String>, meaning: String, mayBeEmpty: Bool = false)
    /// A text that the closure says what is wrong with. No message repeats it: it may hold a secret by mistake.
    case checked(Place<String>, meaning: String, problem: @Sendable (String) -> String?)
    case whole(Place<Int>, ClosedRange<Int>)
    case number(Place<Double>, ClosedRange<Double>)
    /// Words separated by spaces; the closure says what is wrong with one.
    case list(Place<[String]>, meaning: String, problem: @Sendable (String) -> String?)
    case choice([String], @Sendable (String, inout Settings) -> Void)
    /// Anything else, told in words; the closure returns whether it could use the text.
    case other(String, isNumber: Bool, @Sendable (String, inout Settings) -> Bool)

    /// What would be right, to stand after "give".
    var expectation: String {
        switch self {
        case .text(_, let meaning, _), .checked(_, let meaning, _), .list(_, let meaning, _): meaning
        case .whole(_, let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(_, let range): "a number from \(plain(range.lowerBound)) to \(plain(range.upperBound))"
        case .choice(let names, _): "one of \(names.joined(separator: ", "))"
        case .other(let expectation, _, _): expectation
        }
    }

    /// Puts the text into its place. Returns what is wrong with it, or nil.
    func set(_ text: String, in settings: inout Settings) -> String? {
        switch self {
        case .text(let place, _, let mayBeEmpty):
            if text.isEmpty && !mayBeEmpty { return "is empty; give \(expectation)" }
            if text.utf8.contains(0) { return "holds a zero byte; give \(expectation)" }
            settings[keyPath: place] = text
        case .checked(let place, _, let problem):
            if let problem = problem(text) { return "\(problem); give \(expectation)" }
            settings[keyPath: place] = text
        case .whole(let place, let range):
            guard let number = wholeNumber(text) else {
                return "\(quoted(text)) is not a whole number; give \(expectation)"
            }
            guard range.contains(number) else { return "\(text) is out of range; give \(expectation)" }
            settings[keyPath: place] = number
        case .number(let place, let range):
            guard let number = decimalNumber(text) else {
                return "\(quoted(text)) is not a number; give \(expectation)"
            }
            guard range.contains(number) else { return "\(text) is out of range; give \(expectation)" }
            settings[keyPath: place] = number
        case .list(let place, _, let problem):
            let words = text.split(separator: " ").map(String.init)
            for word in words {
                if let problem = problem(word) { return "\(quoted(word)) \(problem); give \(expectation)" }
            }
            settings[keyPath: place] = words
        case .choice(let names, let apply):
            guard names.contains(text) else { return "\(quoted(text)) is not known; give \(expectation)" }
            apply(text, &settings)
        case .other(_, _, let apply):
            guard apply(text, &settings) else { return "\(quoted(text)) is not possible; give \(expectation)" }
        }
        return nil
    }

    /// Whether quotation marks around the value make it a text where a number is wanted.
    var isNumber: Bool {
        switch self {
        case .whole, .number: true
        case .text, .checked, .list, .choice, .other: false
        }
    }
}

/// Decimal digits with an optional sign, as a person writes a number; beyond 64 bits it is the nearest that exists.
package func wholeNumber(_ text: String) -> Int? {
    let digits = text.drop { $0 == "-" || $0 == "+" }
    guard text.count - digits.count <= 1, !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else {
        return nil
    }
    return Int(text) ?? (text.hasPrefix("-") ? .min : .max)
}

/// A finite decimal number; "nan", "inf" and hexadecimal digits are none.
func decimalNumber(_ text: String) -> Double? {
    guard text.utf8.allSatisfy({ (48...57).contains($0) || "+-.eE".utf8.contains($0) }) else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
}

/// A value as a message shows it: in quotation marks, without control characters, not endless.
package func quoted(_ text: String) -> String {
    let visible = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }
    return "\"" + visible.prefix(60).joined() + (visible.count > 60 ? "…" : "") + "\""
}

private func plain(_ number: Double) -> String {
    number == number.rounded() ? "\(Int(number))" : "\(number)"
}
