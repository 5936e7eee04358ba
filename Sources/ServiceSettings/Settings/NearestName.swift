/// What to say to somebody who wrote a name that does not exist: the one that was probably meant, else all of them.
package func suggestion(for name: String, among known: [String]) -> String {
    if let nearest = nearestName(to: name, among: known) { return "did you mean \(nearest)?" }
    return known.isEmpty ? "there are none" : "known are \(known.joined(separator: ", "))"
}

/// The known name with the fewest edits from the given one; nil when none is near enough to have been meant.
func nearestName(to name: String, among known: [String]) -> String? {
    // Nobody meant a name of that length, and comparing it would take long.
    guard name.utf8.count <= 100 else { return nil }
    let limit = max(1, name.count / 3)
    return known.map { (name: $0, edits: edits(from: name, to: $0)) }
        .filter { $0.edits <= limit }
        .min { ($0.edits, $0.name) < ($1.edits, $1.name) }?.name
}

/// Levenshtein distance in which two letters that changed places count as one edit (optimal string alignment), without
/// regard to case; a hyphen counts as an underscore.
private func edits(from left: String, to right: String) -> Int {
    let left = left.lowercased().map { $0 == "-" ? "_" : $0 }
    let right = right.lowercased().map { $0 == "-" ? "_" : $0 }
    var rows = [Array(0...right.count)]
    for i in left.indices {
        var row = [i + 1]
        for j in right.indices {
            var fewest = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
            if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                fewest = min(fewest, rows[i - 1][j - 1] + 1)
            }
            row.append(fewest)
        }
        rows.append(row)
    }
    return rows[left.count][right.count]
}
