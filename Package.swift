// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// The inner loops are always optimised, so that a debug build of the rest is fast enough to work with.
let optimised = strict + [.unsafeFlags(["-O"])]

#if arch(x86_64)
    let fastKernels: [Target] = [
        // The source of `Kernels`, built for AVX2 and FMA; `Inference` calls it only where the processor has them.
        .target(
            name: "KernelsX86V3",
            swiftSettings: optimised + [
                .define("FUSED_MULTIPLY_ADD"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"]),
            ])
    ]
#else
    let fastKernels: [Target] = []
#endif

let package = Package(
    name: "attuned",
    targets: [
        .systemLibrary(name: "CFFTW", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CSndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", providers: [.apt(["libsoxr-dev"])]),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .target(name: "CProcessor"),
        .target(name: "Kernels", swiftSettings: optimised),
        .target(name: "Audio", dependencies: ["CSndfile", "CSoxr"], swiftSettings: strict),
        .target(
            name: "Inference", dependencies: ["CProcessor", "Kernels"] + fastKernels.map { .target(name: $0.name) },
            swiftSettings: strict),
        .target(name: "Features", dependencies: ["CFFTW", "Inference"], swiftSettings: strict),
        .target(name: "Spotting", dependencies: ["CCrypto", "Features", "Inference"], swiftSettings: strict),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),
        .testTarget(
            name: "InferenceTests", dependencies: ["Inference", "Spotting", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "FeaturesTests", dependencies: ["Features", "Inference", "Spotting", "TestSupport"],
            swiftSettings: strict),
    ] + fastKernels,
    swiftLanguageModes: [.v6]
)
