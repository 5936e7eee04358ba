/// What the journal's `MESSAGE_ID` says of a message, the same for ever: `journalctl MESSAGE_ID=…` finds all of a kind.
enum MessageID {
    /// A keyword was heard.
    static let keyword = "ec5ac813df524fe0bb4c6c1ad638985c"
    /// The state changed.
    static let state = "4b3d41de5a3349f0be50b0c3c81205f1"
    /// Audio is missing.
    static let gap = "d1c8a7a9bcf34cac9fa67772df6496af"
}
