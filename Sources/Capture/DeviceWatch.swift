import Glibc

/// Tells when sound devices come and go: files in a folder of device nodes, by inotify.
///
/// The folder may be missing while there is no card; then its parent is watched. Where nothing can be watched, `descriptor`
/// is never readable, and who waits has only its timeout.
struct DeviceWatch: ~Copyable {
    /// Readable once something has changed.
    let descriptor: Int32
    private let folder: String

    init(folder: String = "/dev/snd") {
        self.folder = folder
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        watch()
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Forgets the changes so far.
    func takeChanges() {
        var changes = [UInt8](repeating: 0, count: 4096)
        while read(descriptor, &changes, changes.count) > 0 {}
        watch()
    }

    private func watch() {
        guard descriptor >= 0 else { return }
        // Nodes get their owner and mode a moment after they were made: IN_ATTRIB is when they can be opened.
        let mask = UInt32(IN_CREATE | IN_ATTRIB | IN_DELETE_SELF)
        if inotify_add_watch(descriptor, folder, mask) < 0 { inotify_add_watch(descriptor, parent, UInt32(IN_CREATE)) }
    }

    private var parent: String { String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]) + "/" }
}
