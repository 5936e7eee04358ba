import FoundationEssentials

/// Works on all items, as many at a time as there are processors, and gathers the results as they come.
///
/// - Parameters:
///   - work: on any thread.
///   - gather: on the caller's, one at a time, in no certain order; gets the item's index and how many are done.
package func concurrently<Item: Sendable, Part: Sendable>(
    _ items: [Item], work: @escaping @Sendable (Item) -> Part, gather: (_ index: Int, _ part: Part, _ done: Int) -> Void
) async {
    await withTaskGroup(of: (Int, Part).self) { group in
        var started = 0
        var done = 0
        func startNext(in group: inout TaskGroup<(Int, Part)>) {
            guard started < items.count else { return }
            let (index, item) = (started, items[started])
            started += 1
            group.addTask { (index, work(item)) }
        }
        for _ in 0..<ProcessInfo.processInfo.activeProcessorCount { startNext(in: &group) }
        while let (index, part) = await group.next() {
            done += 1
            gather(index, part, done)
            startNext(in: &group)
        }
    }
}
