import Glibc

/// Gives damaged input to whatever reads from outside, by libFuzzer, whose `main` this is run by:
/// `FUZZ_TARGET=model fuzz [OPTION…] [CORPUS…]`, see `Tests/Fuzz/run`.
///
/// A target stops the process where a reader does what it must not: a trap, a bad address, an allocation or a time beyond
/// all measure, or an answer that is wrong in itself.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

private let targets: [String: @Sendable ([UInt8]) -> Void] = [
    "model": fuzzModel, "configuration": fuzzConfiguration, "protocol": fuzzProtocol, "recording": fuzzRecording,
    "form": fuzzForm, "record": fuzzRecord, "timestamp": fuzzTimestamp, "client": fuzzClient,
    "wyoming": fuzzWyoming,
]

private let target: @Sendable ([UInt8]) -> Void = {
    guard let target = getenv("FUZZ_TARGET").flatMap({ targets[String(cString: $0)] }) else {
        print("FUZZ_TARGET must be one of: \(targets.keys.sorted().joined(separator: ", "))")
        exit(EX_USAGE)
    }
    return target
}()
