internal import CLinux

/// What a process has mapped.
public enum ProcessMemory {
    /// Gives back the pages of code that only the start needed, for a service that does little from then on.
    public static func releaseCode() { linux_release_code() }
}
