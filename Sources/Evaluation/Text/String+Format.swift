import Glibc

// What Foundation has, too; with it come 40 MB of tables for all the languages of the world.
extension String {
    /// As C's `printf` writes it; `values` are numbers.
    package init(format: String, _ values: any CVarArg...) {
        self = withVaList(values) { list in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
                vsnprintf(text.baseAddress!, text.count, format, list)
                return String(cString: text.baseAddress!)
            }
        }
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    package var trimmed: String {
        String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
