import Inventory
import Testing

@testable import Sweep

/// Which steps of a run an undo takes back.
struct UndoPlanTests {
  private func run(_ outcomes: [(Outcome?, intended: Bool)]) -> RunRecord {
    RunRecord(
      id: 1, engineKey: "k", engineName: "n", policy: "p", startedAt: Timestamp(seconds: 1),
      end: .complete, predicted: .zero,
      steps: outcomes.enumerated().map { number, step in
        StepRecord(
          number: number, action: .removeNetwork, object: .network("n\(number)"),
          title: "n\(number)", frees: .zero,
          intendedAt: step.intended ? Timestamp(seconds: 2) : nil, outcome: step.0)
      })
  }

  @Test func whatSomebodyElseRemovedComesBackOnlyWhereItIsNamed() {
    let run = run([
      (.done, true), (.gone, true), (.gone, false), (.unknown, true), (nil, true), (nil, false),
      (.failed("f"), true), (.changed("c"), false), (.inUse("u"), true), (.notTried("n"), false),
    ])
    let keepsakes = Dictionary(
      uniqueKeysWithValues: run.steps.map { ($0.number, Keepsake(description: "{}")) })
    let all = UndoPlan(of: run, keepsakes, starting: false)
    #expect(all.steps.map(\.record.number) == [4, 3, 0])
    let named = UndoPlan(of: run, keepsakes, only: Set(0..<10), starting: false)
    #expect(named.steps.map(\.record.number) == [4, 3, 1, 0])
  }

  @Test func whatWasKeptOfAContainerDecidesHowItComesBack() {
    let restorabilities: [Restorability?] = [
      .restorable, .lost(.network), .lost(.namespace), .lost(.image), .lost(.writableLayer),
    ]
    for restorability in restorabilities {
      let run = RunRecord(
        id: 1, engineKey: "k", engineName: "n", policy: "p", startedAt: Timestamp(seconds: 1),
        end: .complete, predicted: .zero,
        steps: [
          StepRecord(
            number: 0, action: .removeContainer, object: .container(ContainerID("c")), title: "c",
            frees: .zero, restorability: restorability, intendedAt: Timestamp(seconds: 2),
            outcome: .done)
        ])
      func means(_ keepsake: Keepsake) -> UndoMeans? {
        UndoPlan(of: run, [0: keepsake], starting: false).steps.first?.means
      }
      let lost = restorability == .lost(.writableLayer)
      #expect(
        means(Keepsake(description: "{}")) == (lost ? .createWithout(.writableLayer) : .create))
      let tooLate = UndoMeans.none("it went too long ago: its description has been deleted")
      #expect(means(Keepsake()) == tooLate)
    }
  }

  /// Containers `names`, stopped and removed, each with the ones that it takes volumes from.
  private func plan(
    _ names: [String], needing needs: [String: [String]], only: Set<Int>? = nil
  ) -> UndoPlan {
    let id: (String) -> ContainerID = { ContainerID($0 + String(repeating: "0", count: 62)) }
    var steps: [StepRecord] = []
    for action in [ActionKind.stop, .removeContainer] {
      for name in names {
        steps.append(
          StepRecord(
            number: steps.count, action: action, object: .container(id(name)), title: name,
            frees: .zero, intendedAt: Timestamp(seconds: 2), outcome: .done))
      }
    }
    let run = RunRecord(
      id: 1, engineKey: "k", engineName: "n", policy: "p", startedAt: Timestamp(seconds: 1),
      end: .complete, predicted: .zero, steps: steps)
    let keepsakes = steps.map { step -> (Int, Keepsake) in
      let sources = (needs[step.title] ?? []).map { "\"\($0):ro\"" }.joined(separator: ",")
      let text = """
        {"Id":"\(step.object.id)","Name":"/\(step.title)","Image":"sha256:1","Config":{},
         "HostConfig":{"VolumesFrom":[\(sources)]},"State":{"Status":"running"}}
        """
      return (step.number, Keepsake(description: text))
    }
    return UndoPlan(
      of: run, Dictionary(uniqueKeysWithValues: keepsakes), only: only, starting: true)
  }

  @Test func containersComeBackAndStartAfterThoseThatTheyNeed() {
    let row = plan(["a0", "b0", "c0", "d0"], needing: ["d0": ["b0"], "c0": ["d0"], "b0": ["a0"]])
    #expect(row.steps.map(\.record.title) == ["a0", "b0", "d0", "c0", "a0", "b0", "d0", "c0"])
    #expect(row.steps.prefix(4).allSatisfy { $0.record.action == .removeContainer })
    let independent = plan(["a0", "b0"], needing: [:])
    #expect(independent.steps.map(\.record.title) == ["b0", "a0", "b0", "a0"])
  }

  @Test func containersThatNeedEachOtherComeBackAllTheSame() {
    let circle = plan(["a0", "b0", "c0"], needing: ["a0": ["b0"], "b0": ["a0"], "c0": ["c0"]])
    #expect(circle.steps.map(\.record.title) == ["c0", "a0", "b0", "c0", "a0", "b0"])
  }

  @Test func whatAContainerNeedsToRunIsStartedWithIt() {
    let named = plan(["a0", "b0", "c0"], needing: ["b0": ["a0"]], only: [1, 4])
    #expect(named.steps.map(\.record.number) == [3, 4, 0, 1])
  }

  /// How a container comes back that nobody promised to bring back.
  private func means(
    engine: String = "k", labels: String = "{}", autoRemoved: Bool = false
  ) -> UndoMeans? {
    var run = RunRecord(
      id: 1, engineKey: engine, engineName: "n", policy: "p", startedAt: Timestamp(seconds: 1),
      end: .complete, predicted: .zero,
      steps: [
        StepRecord(
          number: 0, action: .removeContainer, object: .container(ContainerID("c")), title: "c",
          frees: .zero, restorability: .lost(.container), intendedAt: Timestamp(seconds: 2),
          outcome: .done)
      ])
    run.finishedAt = Timestamp(seconds: 3)
    let text = """
      {"Id":"c","Name":"/c","Image":"sha256:1","Config":{"Labels":\(labels)},
       "HostConfig":{"AutoRemove":\(autoRemoved)},"State":{"Status":"running"}}
      """
    return UndoPlan(of: run, [0: Keepsake(description: text)], starting: false).steps.first?.means
  }

  @Test func containerThatNobodyCanCreateIsNotPromised() {
    #expect(
      means(labels: #"{"com.docker.swarm.task.id":"t"}"#)
        == UndoMeans.none("it is a task of a swarm, which creates its tasks itself"))
    for autoRemoved in [false, true] {
      #expect(
        means(engine: "podman@host|/root", autoRemoved: autoRemoved)
          == UndoMeans.none(
            "Podman does not tell of a container all that it takes to create it again"))
    }
    #expect(means(autoRemoved: true) == UndoMeans.createWithout(.container))
  }
}
