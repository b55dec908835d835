// swift-tools-version: 6.2
import PackageDescription

let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "balai",
  products: [.executable(name: "balai", targets: ["balai"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    .target(name: "Inventory", swiftSettings: house),
    .target(
      name: "Engine",
      dependencies: [
        "Inventory",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: house),
    .target(name: "Disk", dependencies: ["Inventory"], swiftSettings: house),
    .target(name: "Archive", dependencies: ["Inventory"], swiftSettings: house),
    .target(
      name: "Index",
      dependencies: ["Inventory", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: house),
    .target(
      name: "Policy",
      dependencies: ["Inventory", .product(name: "Yams", package: "Yams")],
      swiftSettings: house),
    .target(name: "Plan", dependencies: ["Inventory", "Policy"], swiftSettings: house),
    .target(
      name: "Sweep", dependencies: ["Inventory", "Engine", "Archive", "Index", "Plan"],
      swiftSettings: house),
    .target(
      name: "Report", dependencies: ["Inventory", "Policy", "Plan", "Sweep"], swiftSettings: house),
    .target(
      name: "ShippedPolicies",
      path: "policies",
      exclude: ["ci-runner.test.yaml", "default.test.yaml"],
      sources: ["ShippedPolicies.swift"],
      resources: [
        .embedInCode("default.yaml"),
        .embedInCode("stop-rm-rmi.yaml"),
        .embedInCode("workstation.yaml"),
        .embedInCode("ci-runner.yaml"),
        .embedInCode("keep-newest.yaml"),
        .embedInCode("docker-gc.yaml"),
        .embedInCode("docker-custodian.yaml"),
        .embedInCode("docuum.yaml"),
        .embedInCode("kubelet.yaml"),
      ],
      swiftSettings: house),
    .executableTarget(
      name: "balai",
      dependencies: [
        "Inventory", "Engine", "Disk", "Archive", "Index", "Policy", "Plan", "Sweep", "Report",
        "ShippedPolicies", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: house),
    .target(
      name: "TestSupport",
      dependencies: [
        "Inventory",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "Tests/TestSupport",
      swiftSettings: house),
    .testTarget(
      name: "InventoryTests", dependencies: ["Inventory", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "EngineTests",
      dependencies: ["Engine", "Inventory", "TestSupport"],
      resources: [.copy("Replies")],
      swiftSettings: house),
    .testTarget(
      name: "DiskTests", dependencies: ["Disk", "Inventory", "TestSupport"], swiftSettings: house),
    .testTarget(
      name: "ArchiveTests", dependencies: ["Archive", "Inventory", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "IndexTests",
      dependencies: [
        "Index", "Engine", "Inventory", "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: house),
    .testTarget(
      name: "PolicyTests",
      dependencies: [
        "Policy", "Inventory", "ShippedPolicies", "TestSupport",
        .product(name: "Yams", package: "Yams"),
      ],
      swiftSettings: house),
    .testTarget(
      name: "PlanTests",
      dependencies: ["Plan", "Policy", "Inventory", "ShippedPolicies", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "SweepTests",
      dependencies: [
        "Sweep", "Plan", "Policy", "Archive", "Index", "Engine", "Inventory", "ShippedPolicies",
        "TestSupport",
      ],
      swiftSettings: house),
    .testTarget(
      name: "ReportTests",
      dependencies: ["Report", "Sweep", "Plan", "Policy", "Inventory", "TestSupport"],
      exclude: ["Golden"],
      swiftSettings: house),
    .testTarget(
      name: "IntegrationTests",
      dependencies: [
        "balai", "Sweep", "Plan", "Policy", "Archive", "Index", "Disk", "Engine", "Inventory",
        "ShippedPolicies", "TestSupport",
      ],
      swiftSettings: house),
  ]
)
