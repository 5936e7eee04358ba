import CYAML

/// Reads one document by libyaml, event by event.
///
/// An alias is the value that it stands for, without a copy; in keys, which are compared, there may be none.
struct YAMLReader: ~Copyable {
    private let text: String
    private let bytes: UnsafeMutableBufferPointer<UInt8>
    // libyaml remembers where it lies.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private var anchors: [String: YAMLNode] = [:]
    private var depth = 0
    private var isInKey = false

    /// No configuration is nested so deeply; a stack has an end.
    private static let mostDepth = 100

    init(_ text: String) {
        self.text = text
        bytes = .allocate(capacity: text.utf8.count)
        _ = bytes.initialize(from: text.utf8)
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        precondition(yaml_parser_initialize(parser) == 1, "no memory for a parser of YAML")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    consuming func root() throws(YAMLProblem) -> YAMLNode? {
        var root: YAMLNode?
        while true {
            let event = try next()
            switch event.kind {
            case YAML_STREAM_END_EVENT: return root
            case YAML_DOCUMENT_START_EVENT:
                guard root == nil else { throw problem(event.line, "is not YAML: a second document begins; keep one") }
                root = try node(try next())
            default: continue
            }
        }
    }

    private mutating func node(_ event: Event) throws(YAMLProblem) -> YAMLNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.mostDepth else {
            throw problem(event.line, "is nested more than \(Self.mostDepth) levels deep")
        }
        let content: YAMLNode.Content
        switch event.kind {
        case YAML_ALIAS_EVENT:
            guard !isInKey else { throw problem(event.line, "an alias stands in a key; write the key out") }
            guard let node = anchors[event.anchor ?? ""] else {
                throw problem(event.line, "is not YAML: nothing before has the anchor \(quoted(event.anchor ?? ""))")
            }
            return node
        case YAML_SEQUENCE_START_EVENT: content = .sequence(try nodes())
        case YAML_MAPPING_START_EVENT: content = .mapping(try entries())
        default: content = .scalar(event.text, isPlain: event.isPlain)
        }
        let node = YAMLNode(content: content, line: event.line)
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func nodes() throws(YAMLProblem) -> [YAMLNode] {
        var nodes: [YAMLNode] = []
        while true {
            let event = try next()
            if event.kind == YAML_SEQUENCE_END_EVENT { return nodes }
            nodes.append(try node(event))
        }
    }

    private mutating func entries() throws(YAMLProblem) -> [(key: YAMLNode, value: YAMLNode)] {
        var entries: [(key: YAMLNode, value: YAMLNode)] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try next()
            if event.kind == YAML_MAPPING_END_EVENT { return entries }
            let wasInKey = isInKey
            isInKey = true
            let key = try node(event)
            isInKey = wasInKey
            if case .scalar(let text, _) = key.content {
                if let first = lines[text] {
                    throw problem(
                        key.line, "\(quoted(text)) is given twice, the first time in line \(first); remove one of them")
                }
                lines[text] = key.line
            }
            entries.append((key, try node(try next())))
        }
    }
}

// MARK: - Events

extension YAMLReader {
    private struct Event {
        var kind: yaml_event_type_t
        var line: Int
        var text = ""
        var isPlain = false
        var anchor: String?
    }

    private func next() throws(YAMLProblem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure }
        defer { yaml_event_delete(&event) }
        var next = Event(kind: event.type, line: Int(event.start_mark.line) + 1)
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            next.text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            next.isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            next.anchor = name(scalar.anchor)
        case YAML_SEQUENCE_START_EVENT: next.anchor = name(event.data.sequence_start.anchor)
        case YAML_MAPPING_START_EVENT: next.anchor = name(event.data.mapping_start.anchor)
        case YAML_ALIAS_EVENT: next.anchor = name(event.data.alias.anchor)
        default: break
        }
        return next
    }

    private func name(_ anchor: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        anchor.map { String(cString: $0) }
    }

    private func problem(_ line: Int, _ message: String) -> YAMLProblem { YAMLProblem(line: line, message: message) }

    private var failure: YAMLProblem {
        let words = parser.pointee.problem.map { String(cString: $0) } ?? "no memory"
        guard parser.pointee.error == YAML_READER_ERROR else {
            return problem(
                Int(parser.pointee.problem_mark.line) + 1,
                "is not YAML: \(words); check indentation, colons and quotation marks of this line and the one before")
        }
        let before = String(decoding: text.utf8.prefix(Int(parser.pointee.problem_offset)), as: UTF8.self)
        let line = before.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count
        return problem(line, "is not YAML: \(words); remove the control character")
    }
}
