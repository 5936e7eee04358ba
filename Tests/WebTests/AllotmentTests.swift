import Testing
import Web

struct AllotmentTests {
    @Test func `no client takes everything, and what is given back is there again`() {
        let places = Allotment(total: 10, perClient: 6)
        #expect(places.take(6, for: "a") == .granted)
        #expect(places.take(for: "a") == .partIsTaken)
        #expect(places.take(5, for: "b") == .allIsTaken)
        #expect(places.take(4, for: "b") == .granted)
        #expect(places.take(for: "c") == .allIsTaken)
        places.give(6, of: "a")
        #expect(places.take(5, for: "c") == .granted)
        #expect(places.take(for: "a") == .granted)
    }
}
