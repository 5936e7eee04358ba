/// The version of all programs of this package.
public let attunedVersion = "0.1.0"
