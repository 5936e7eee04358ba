import Listening
import Models
import Spotting
import Synchronization
import TestSupport
import Testing

/// The active model and its policy are one value, whoever changes either.
@Suite(.timeLimit(.minutes(2)))
struct ModelRegisterTests {
    private final class State: Sendable {
        let isDone = Atomic<Bool>(false)
        /// For each model, of how many words the policies were that it was given.
        let handed = Mutex<[Int32: Set<Int>]>([:])
    }

    @Test func `a policy that was made for one model never meets another of more or fewer words`() async throws {
        let large = try Model(path: Fixture.modelPath)
        let small = try withTemporaryFolder { folder in
            let copy = try ModelCopy(in: folder)
            try copy.dropFirstWord()
            return try Model(path: copy.path)
        }
        #expect(small.description.words.count == large.description.words.count - 1)
        let register = ModelRegister(large, policy: DecisionPolicy(large.description), shadow: nil)
        let state = State()
        let hand: @Sendable (DecisionPolicy, Int32) -> Void = { policy, number in
            state.handed.withLock { _ = $0[number, default: []].insert(policy.words.count) }
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [register, state, hand] in
                while !state.isDone.load(ordering: .acquiring) {
                    register.apply({ DecisionPolicy($0) }, hand: hand)
                    let active = register.active
                    #expect(active.policy.words.count == active.description.words.count)
                    // A lock is not fair: whoever takes it again at once leaves it to nobody.
                    try? await Task.sleep(for: .microseconds(50))
                }
            }
            group.addTask { [register, state, hand, large, small] in
                for round in 0..<20 {
                    let next = round.isMultiple(of: 2) ? small : large
                    let policy = DecisionPolicy(next.description)
                    register.finish(register.begin(next, policy: policy), policy: policy, hand: hand)
                }
                state.isDone.store(true, ordering: .releasing)
            }
        }
        // Whoever uses them, the listening thread, has the models by number.
        #expect(state.handed.withLock { $0.values.allSatisfy { $0.count == 1 } })
        #expect(state.handed.withLock { $0.count } >= 20)
    }
}
