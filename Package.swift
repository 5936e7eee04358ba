// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Tests look into what a module's own interface mentions without importing each module that it comes from.
// Nor are they optimised: that would take longer than they run.
let inTests: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"), .unsafeFlags(["-Onone"]),
]

// The inner loops are always optimised, so that a debug build of the rest is fast enough to work with.
let optimised = strict + [.unsafeFlags(["-O"])]

#if arch(x86_64)
    // The source of `Kernels`, built for AVX2 and FMA, and for AVX-512; `Inference` calls it only where the processor has them.
    let fastKernels: [Target] = [
        .target(
            name: "KernelsX86V3",
            swiftSettings: optimised + [
                .define("FUSED_MULTIPLY_ADD"), .unsafeFlags(["-Xcc", "-march=x86-64-v3"]),
            ]),
        .target(
            name: "KernelsX86V4",
            swiftSettings: optimised + [
                .define("FUSED_MULTIPLY_ADD"), .define("WIDE_REGISTERS"), .unsafeFlags(["-Xcc", "-march=x86-64-v4"]),
            ]),
    ]
#else
    let fastKernels: [Target] = []
#endif

// The programs bring the Swift runtime with them, made of the same objects as the tests, which need the shared one. The
// libraries are those that the static Foundation stands on; only `swift build --static-swift-stdlib` finds them by itself.
let withRuntime: [LinkerSetting] = [
    .unsafeFlags([
        "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims", "-l_FoundationCollections",
    ])
]

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
        swiftSettings: strict, linkerSettings: withRuntime)
}

// `make fuzz` builds all with libFuzzer, which nothing else brings.
let fuzzing: [Target] =
    Context.environment["ATTUNED_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Audio", "Forms", "Inference", "Models", "Protocol", "ServiceSettings", "Wyoming",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzz", exclude: ["corpora", "found.tar.gz", "keep", "make_seeds.py", "run"],
            // Without a `main`: that is libFuzzer's.
            swiftSettings: inTests + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "attuned",
    products: [
        .executable(name: "attuned", targets: ["attuned"]),
        .executable(name: "attune", targets: ["attune"]),
        .executable(name: "attune-web", targets: ["attune-web"]),
        .executable(name: "attune-mqtt", targets: ["attune-mqtt"]),
        .executable(name: "attune-wyoming", targets: ["attune-wyoming"]),
        .executable(name: "attune-hooks", targets: ["attune-hooks"]),
        // For tests and the demo: a microphone without hardware, and counters of allocations and locks.
        .library(name: "FakeMicrophone", type: .dynamic, targets: ["FakeMicrophone"]),
        .library(name: "CallCounter", type: .dynamic, targets: ["CallCounter"]),
        .executable(name: "ring-stress", targets: ["RingStress"]),
        .executable(name: "thread-stress", targets: ["ThreadStress"]),
        .executable(name: "capture-probe", targets: ["CaptureProbe"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        // Without its traits: they bring all of Foundation, and settings of another kind than ours.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries.
        .target(name: "CALSA", linkerSettings: [.linkedLibrary("asound")]),
        // Needs its header alone: libcurl is loaded by whoever posts.
        .target(name: "CCurl"),
        // Takes the place of the threads of Swift's concurrency.
        .target(name: "CExecutor"),
        .systemLibrary(name: "CFFTW", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CGcrypt", providers: [.apt(["libgcrypt20-dev"])]),
        .target(name: "CLinux"),
        .systemLibrary(name: "CMosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .target(name: "CProcessor"),
        // As `Kernels`: always optimised.
        .target(name: "CQuantised", cSettings: [.unsafeFlags(["-O2"])]),
        .systemLibrary(name: "CSndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", providers: [.apt(["libsoxr-dev"])]),
        .target(name: "CSystemd", linkerSettings: [.linkedLibrary("systemd")]),
        .systemLibrary(name: "CYAML", providers: [.apt(["libyaml-dev"])]),

        // Each row imports only from the rows above.
        .target(name: "Kernels", swiftSettings: optimised),
        .target(name: "Time", swiftSettings: strict),

        .target(name: "Forms", swiftSettings: strict),
        .target(name: "Protocol", dependencies: ["Time"], exclude: ["PROTOCOL.md"], swiftSettings: strict),
        .target(name: "Prometheus", swiftSettings: strict),
        .target(name: "Realtime", dependencies: ["CExecutor", "CLinux", "Time"], swiftSettings: strict),
        .target(name: "Audio", dependencies: ["CSndfile", "CSoxr", "Time"], swiftSettings: strict),
        .target(name: "Models", dependencies: ["CGcrypt", "Protocol", "Time"], swiftSettings: strict),

        .target(name: "Streams", dependencies: ["Audio", "Realtime", "Time"], swiftSettings: strict),
        .target(name: "Features", dependencies: ["CFFTW", "Models"], swiftSettings: optimised),
        .target(
            name: "Inference",
            dependencies: ["CProcessor", "CQuantised", "Kernels", "Models"]
                + fastKernels.map { .target(name: $0.name) },
            swiftSettings: strict),
        .target(name: "ServiceManager", dependencies: ["CSystemd", "Realtime", "Time"], swiftSettings: strict),

        .target(
            name: "Capture", dependencies: ["Audio", "CALSA", "Realtime", "Streams", "Time"], swiftSettings: strict),
        .target(name: "Spotting", dependencies: ["Features", "Inference", "Models", "Time"], swiftSettings: strict),
        .target(
            name: "Server",
            dependencies: [
                "Protocol", "Realtime", "Time", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict),
        .target(name: "Client", dependencies: ["Protocol", "Realtime"], swiftSettings: strict),

        .target(name: "Hearing", dependencies: ["Realtime", "Spotting", "Time"], swiftSettings: strict),
        .target(
            name: "Evaluation", dependencies: ["Audio", "Inference", "Models", "Spotting", "Time"],
            swiftSettings: strict),
        .target(
            name: "Enrolment",
            dependencies: ["Audio", "Evaluation", "Features", "Inference", "Models", "Protocol", "Spotting", "Time"],
            swiftSettings: strict),
        .target(
            name: "ServiceSettings",
            dependencies: [
                "CYAML", "Models", "Protocol", "Realtime", "Spotting", "Time",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        .target(
            name: "Hooks",
            dependencies: [
                "Client", "CLinux", "Protocol", "Realtime", "ServiceSettings", "Time",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "Listening",
            dependencies: ["Audio", "Capture", "Hearing", "Models", "Realtime", "Spotting", "Streams", "Time"],
            swiftSettings: strict),
        .target(
            name: "MQTT",
            dependencies: [
                "Client", "CMosquitto", "Protocol", "Realtime", "ServiceManager", "ServiceSettings",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(
            name: "ServiceProgram",
            dependencies: [
                "Realtime", "ServiceManager", "ServiceSettings",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),

        .target(
            name: "Daemon",
            dependencies: [
                "Audio", "Capture", "Enrolment", "Hearing", "Inference", "Listening", "Models", "Protocol", "Realtime",
                "Server", "ServiceManager", "ServiceSettings", "Spotting", "Streams", "Time",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),
        .target(
            name: "Web",
            dependencies: [
                "Audio", "Client", "Enrolment", "Forms", "Models", "Prometheus", "Protocol", "Realtime", "Server",
                "ServiceManager", "ServiceSettings", "Spotting", "Time",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Page")], swiftSettings: strict),

        .target(
            name: "Wyoming",
            dependencies: [
                "Audio", "Enrolment", "Models", "Prometheus", "Protocol", "Realtime", "Server", "ServiceManager",
                "ServiceSettings", "Spotting", "Time",
                .product(name: "Logging", package: "swift-log"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        program("attuned", ["Daemon", "ServiceProgram", "ServiceSettings"]),
        program("attune-web", ["ServiceProgram", "ServiceSettings", "Web"]),
        program(
            "attune-wyoming",
            ["ServiceProgram", "ServiceSettings", "Wyoming", .product(name: "Logging", package: "swift-log")]),
        program("attune-mqtt", ["MQTT", "ServiceProgram", "ServiceSettings"]),
        program(
            "attune-hooks",
            [
                "CCurl", "Client", "Hooks", "Protocol", "Realtime", "ServiceManager", "ServiceProgram",
                "ServiceSettings",
                .product(name: "Logging", package: "swift-log"),
            ]),
        program(
            "attune",
            [
                "Audio", "Capture", "Client", "Enrolment", "Evaluation", "Features", "Hooks", "Inference", "Models",
                "Protocol",
                "Realtime", "ServiceSettings", "Spotting", "Time",
            ]),

        // What tests stand on.
        .target(
            name: "FakeMicrophone", path: "Tests/FakeMicrophone", cSettings: [.define("PIC")],
            linkerSettings: [.linkedLibrary("asound")]),
        .target(name: "CallCounter", path: "Tests/CallCounter"),
        .target(name: "FakeDevice", dependencies: ["CALSA"], path: "Tests/FakeDevice", swiftSettings: strict),
        .executableTarget(
            name: "RingStress", dependencies: ["Realtime", "Time"], path: "Tests/RingStress", swiftSettings: strict),
        .target(name: "SanitizedMutex", path: "Tests/SanitizedMutex"),
        .executableTarget(
            name: "ThreadStress",
            dependencies: [
                "Audio", "Capture", "FakeDevice", "Hearing", "Listening", "Models", "Realtime", "SanitizedMutex",
                "Spotting", "Time",
            ],
            path: "Tests/ThreadStress", swiftSettings: strict),
        .executableTarget(
            name: "CaptureProbe", dependencies: ["Capture", "Realtime", "Streams", "Time"], path: "Tests/CaptureProbe",
            swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Features", "Inference", "Models", "Spotting"],
            path: "Tests/TestSupport", swiftSettings: optimised),
        .target(
            name: "TestServer", dependencies: ["Protocol", "Server"], path: "Tests/TestServer", swiftSettings: strict),

        .testTarget(
            name: "InferenceTests",
            dependencies: ["CProcessor", "CQuantised", "Inference", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "ModelsTests", dependencies: ["Inference", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "FeaturesTests", dependencies: ["Features", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(name: "RealtimeTests", dependencies: ["Realtime", "Time"], swiftSettings: inTests),
        .testTarget(
            name: "CaptureTests",
            dependencies: ["Capture", "CaptureProbe", "FakeDevice", "Realtime", "Streams", "Time"],
            swiftSettings: inTests),
        .testTarget(
            name: "ServiceManagerTests", dependencies: ["ServiceManager", "TestSupport"], swiftSettings: inTests),
        .testTarget(name: "ProtocolTests", dependencies: ["Protocol", "TestServer"], swiftSettings: inTests),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Protocol", "Server", "TestServer", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: inTests),
        .testTarget(
            name: "ClientTests", dependencies: ["Client", "Protocol", "Server", "TestServer"], swiftSettings: inTests),
        .testTarget(
            name: "ServiceSettingsTests",
            dependencies: [
                "Models", "Protocol", "ServiceSettings", "Spotting", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: inTests),
        .testTarget(name: "StreamsTests", dependencies: ["Realtime", "Streams", "Time"], swiftSettings: inTests),
        .testTarget(
            name: "HearingTests", dependencies: ["Hearing", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "ListeningTests", dependencies: ["Listening", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "DaemonTests",
            dependencies: [
                "Audio", "Client", "Daemon", "FakeDevice", "Models", "Protocol", "Spotting", "TestSupport",
            ],
            swiftSettings: inTests),
        .testTarget(
            name: "WebTests", dependencies: ["Forms", "ServiceSettings", "TestSupport", "Web"], swiftSettings: inTests),
        .testTarget(name: "MQTTTests", dependencies: ["MQTT", "Protocol", "ServiceSettings"], swiftSettings: inTests),
        .testTarget(name: "AudioTests", dependencies: ["Audio", "CSndfile", "TestSupport"], swiftSettings: inTests),
        .testTarget(
            name: "SpottingTests",
            dependencies: ["Audio", "Evaluation", "Inference", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "EnrolmentTests", dependencies: ["Audio", "Enrolment", "Models", "Spotting", "TestSupport"],
            swiftSettings: inTests),
        .testTarget(
            name: "EvaluationTests",
            dependencies: ["Audio", "Evaluation", "Models", "Spotting", "TestSupport"], swiftSettings: inTests),
        .testTarget(name: "HooksTests", dependencies: ["Protocol", "Server", "TestSupport"], swiftSettings: inTests),
        .testTarget(
            name: "CommandLineTests",
            dependencies: ["Audio", "Spotting", "TestSupport"], swiftSettings: inTests),
    ] + fastKernels + fuzzing,
    swiftLanguageModes: [.v6]
)
