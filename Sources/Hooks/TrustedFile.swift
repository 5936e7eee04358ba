import Glibc

/// Files that nobody may have changed but root and the user who runs this: what they say is done, so whoever writes them
/// decides what is done.
public enum TrustedFile {
    public enum Kind: Sendable { case file, program }

    /// Where commands are looked for that are named without a folder.
    public static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The absolute path of a command.
    ///
    /// - Parameter path: folders separated by colons; relative ones are left out.
    /// - Returns: nil where there is no such program.
    public static func command(_ name: String, path: String = standardPath) -> String? {
        if name.hasPrefix("/") { return name }
        guard !name.isEmpty, !name.contains("/") else { return nil }
        return path.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 && isRegular($0) }
    }

    /// What is wrong with a file, to stand after its path: it is not there or no program, or others may write it, or put
    /// another one in its place. Nil where nothing is.
    public static func problem(of path: String, kind: Kind) -> String? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return errno == ENOENT ? "is not there" : "cannot be looked at: \(String(cString: strerror(errno)))"
        }
        if kind == .program {
            if status.st_mode & S_IFMT == S_IFDIR { return "is a directory; name a program in it" }
            if status.st_mode & S_IFMT != S_IFREG { return "is no program" }
            if access(path, X_OK) != 0 { return "cannot be executed by this user; chmod +x" }
        }
        // The links that lead to it, and what they lead to.
        let places = realpath(path, nil).map { resolved in
            defer { free(resolved) }
            return Set([path, String(cString: resolved)])
        }
        for place in (places ?? [path]).sorted() {
            if let writers = writers(of: place) { return writers }
        }
        return nil
    }

    /// Who but root and this user may change the file or a folder above it.
    private static func writers(of path: String) -> String? {
        var place = path
        while true {
            var status = stat()
            guard stat(place, &status) == 0 else { return "cannot be looked at: \(String(cString: strerror(errno)))" }
            let subject = place == path ? "" : "lies in \(place), which "
            if status.st_uid != 0 && status.st_uid != geteuid() {
                return "\(subject)belongs to user \(status.st_uid), who could change what is run; chown it"
            }
            // In a folder like /tmp nobody removes what is another's.
            let isSticky = status.st_mode & S_IFMT == S_IFDIR && status.st_mode & S_ISVTX != 0
            let isOpen = status.st_mode & S_IWOTH != 0 || status.st_mode & S_IWGRP != 0 && !isOwn(group: status.st_gid)
            if isOpen, !isSticky {
                return "\(subject)may be written by others, who could change what is run; chmod go-w"
            }
            guard let slash = place.lastIndex(of: "/"), place != "/" else { return nil }
            place = slash == place.startIndex ? "/" : String(place[..<slash])
        }
    }

    /// Whether a group has nobody in it but root, or but this user, as every user of many systems has one.
    private static func isOwn(group number: gid_t) -> Bool {
        if number == 0 { return true }
        var entry = group()
        var user = passwd()
        var foundGroup: UnsafeMutablePointer<group>?
        var foundUser: UnsafeMutablePointer<passwd>?
        var groupText = [CChar](repeating: 0, count: 65_536)
        var userText = groupText
        guard getpwuid_r(geteuid(), &user, &userText, userText.count, &foundUser) == 0, foundUser != nil,
            user.pw_gid == number,
            getgrgid_r(number, &entry, &groupText, groupText.count, &foundGroup) == 0, foundGroup != nil,
            strcmp(entry.gr_name, user.pw_name) == 0
        else { return false }
        guard let first = entry.gr_mem[0] else { return true }
        return strcmp(first, user.pw_name) == 0 && entry.gr_mem[1] == nil
    }

    private static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
