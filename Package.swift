// swift-tools-version: 6.2
import PackageDescription

/// Own targets: warnings are errors, and every import and existential is spelled out.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let strictC: [CSetting] = [.treatAllWarnings(as: .error)]
let strictCXX: [CXXSetting] = [.treatAllWarnings(as: .error)]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let flyingSocks = Target.Dependency.product(name: "FlyingSocks", package: "FlyingFox")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Each has a README.md, which says what a reader finds there.
func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, exclude: ["README.md"], swiftSettings: strict)
}

func tests(of name: String, _ more: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: [.target(name: name), "TestSupport"] + more, swiftSettings: strict)
}

let package = Package(
    name: "bobbin",
    products: [
        .executable(name: "bobbin", targets: ["bobbin"]),
        .executable(name: "bobbin-watch", targets: ["bobbin-watch"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // C, each imported by one target (Sources/README.md)
        .target(name: "CLinux", cSettings: strictC),
        .systemLibrary(name: "CCrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "CProgram", cSettings: strictC),
        .systemLibrary(name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
        .systemLibrary(name: "CSeccomp", providers: [.apt(["libseccomp-dev"])]),
        .target(name: "CToml", cxxSettings: strictCXX),
        .target(name: "CMatching", cxxSettings: strictCXX, linkerSettings: [.linkedLibrary("pcre2-8")]),
        .systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"])]),

        // level 0: values and pure functions; the few file verbs we trust
        layer("BatchCore", ["CCrypto", "CMatching"]),
        layer("DurableFiles", ["CLinux", systemPackage]),

        // level 1: directories; books; network; judgement; configuration; a pretended endpoint
        layer("Spooling", ["BatchCore", "DurableFiles", systemPackage]),
        layer("Ledgers", ["BatchCore", "DurableFiles", "CZstd", systemPackage]),
        layer("Backends", ["BatchCore", "DurableFiles", "CCurl", systemPackage]),
        layer("Gates", ["BatchCore", "DurableFiles", "CProgram"]),
        layer("Configuration", ["BatchCore", "CToml", systemPackage]),
        layer("Simulator", ["BatchCore", flyingSocks]),

        // level 2: the story of one job; the helper and the poller as one stream of hints
        layer(
            "Pipeline",
            ["BatchCore", "DurableFiles", "Spooling", "Ledgers", "Backends", "Gates", systemPackage, logging]),
        layer("Watching", ["BatchCore", "DurableFiles", subprocess, systemPackage, logging]),

        // level 3: wiring
        layer(
            "Daemon",
            [
                "BatchCore", "DurableFiles", "Spooling", "Ledgers", "Backends", "Gates", "Configuration", "Pipeline",
                "Watching",
                logging, serviceLifecycle, unixSignals, subprocess, systemPackage,
            ]),

        // level 4: the one command
        .executableTarget(
            name: "bobbin",
            dependencies: [
                "BatchCore", "DurableFiles", "Spooling", "Ledgers", "Gates", "Configuration", "Pipeline", "Daemon",
                "Simulator",
                "Backends", argumentParser, logging, systemPackage,
            ],
            exclude: ["README.md"],
            swiftSettings: strict
        ),

        // its own process and licence (GPL-2.0-only): imports Glibc, the library and what confines it, nothing else
        .executableTarget(
            name: "bobbin-watch", dependencies: ["CInotifyTools", "CSeccomp"], exclude: ["LICENSE"],
            swiftSettings: strict),

        // measured, not asserted: Tests/Benchmarks
        .executableTarget(
            name: "bench-scan", dependencies: ["BatchCore"], path: "Tests/Benchmarks/scan", swiftSettings: strict),
        .executableTarget(
            name: "bench-hashlog", dependencies: ["BatchCore", "Ledgers", systemPackage],
            path: "Tests/Benchmarks/hashlog",
            swiftSettings: strict),
        .executableTarget(
            name: "bench-http", dependencies: ["Backends"], path: "Tests/Benchmarks/http", swiftSettings: strict),
        .executableTarget(
            name: "bench-gate", dependencies: ["BatchCore", "Gates"], path: "Tests/Benchmarks/gate", swiftSettings: strict),

        // compared as a whole: Tests/Numbers
        .executableTarget(
            name: "printed-numbers", dependencies: ["BatchCore"], path: "Tests/Numbers/printed", swiftSettings: strict),

        .target(name: "TestSupport", dependencies: [logging], path: "Tests/Support", swiftSettings: strict),
        tests(of: "BatchCore"),
        tests(of: "DurableFiles", [systemPackage]),
        tests(of: "Spooling", ["BatchCore", "DurableFiles", systemPackage]),
        tests(of: "Ledgers", ["BatchCore", "DurableFiles", systemPackage]),
        tests(of: "Backends", ["BatchCore", "DurableFiles", systemPackage]),
        tests(of: "Gates", ["BatchCore", "DurableFiles", systemPackage]),
        tests(of: "Configuration", ["BatchCore", systemPackage]),
        tests(of: "Simulator", ["BatchCore"]),
        tests(
            of: "Pipeline",
            ["BatchCore", "DurableFiles", "Spooling", "Ledgers", "Backends", "Gates", logging, systemPackage]),
        tests(of: "Watching", ["BatchCore", "DurableFiles", logging, systemPackage]),
        tests(of: "Daemon", ["BatchCore", "Configuration", "DurableFiles", logging, systemPackage]),
        .testTarget(name: "TidyTests", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// Tests/long/fuzz alone: everything under libFuzzer, which a person's build has nothing to do with.
if Context.environment["BOBBIN_FUZZ"] != nil {
    // `main` is libFuzzer's.
    let entry = ["-Xfrontend", "-entry-point-function-name", "-Xfrontend", "main_of_nobody"]
    let fuzzed = strict + [.unsafeFlags(entry)]
    package.targets += [
        .executableTarget(
            name: "fuzz-json", dependencies: ["BatchCore"], path: "Tests/Fuzz/json", swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-log", dependencies: ["BatchCore", "DurableFiles", "Ledgers", systemPackage],
            path: "Tests/Fuzz/log", swiftSettings: fuzzed),
        .executableTarget(
            name: "fuzz-readers",
            dependencies: [
                "BatchCore", "DurableFiles", "Spooling", "Ledgers", "Backends", "Gates", "Configuration", "Simulator",
                "Watching", "Daemon", systemPackage,
            ],
            path: "Tests/Fuzz/readers", swiftSettings: fuzzed),
    ]
}
