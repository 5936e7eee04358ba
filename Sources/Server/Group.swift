import Glibc

/// The system's groups.
enum Group {
    /// The number of the group of that name; nil if there is none.
    static func identifier(of name: String) -> gid_t? {
        var entry = group()
        var found: UnsafeMutablePointer<group>?
        // A group with thousands of members needs more; doubling stops at what no real group reaches.
        var size = 4096
        while size <= 1 << 22 {
            var text = [CChar](repeating: 0, count: size)
            let code = getgrnam_r(name, &entry, &text, text.count, &found)
            if code != ERANGE { return code == 0 && found != nil ? entry.gr_gid : nil }
            size *= 2
        }
        return nil
    }
}
