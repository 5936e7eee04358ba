import Foundation
import Models
import Spotting
import TestSupport
import Testing

/// Models of two networks that are damaged, or that do not say the truth of themselves.
struct TwoNetworksFolderTests {
    @Test(arguments: ModelCopy.twoNetworkFiles)
    func `a model of two networks cut short or altered anywhere is refused`(file: String) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            let whole = try copy.bytes(file)
            for place in stride(from: 0, to: whole.count, by: max(1, whole.count / 100)) {
                try copy.write(file, Array(whole[..<place]))
                expectUnusable(copy, "\(place) bytes of \(file)")
                var altered = whole
                altered[place] ^= 1 << (place % 8)
                try copy.write(file, altered)
                expectUnusable(copy, "byte \(place) of \(file)")
            }
            try copy.write(file, whole)
            #expect(throws: Never.self) { try Model(path: copy.path) }
            try FileManager.default.removeItem(at: copy.folder.appending(path: file))
            #expect(throws: ModelFolderError.self) { try Model(path: copy.path) }
        }
    }

    @Test(arguments: [
        (#""window_frames": 121"#, #""window_frames": 10"#, "second_look: window.frames is 10"),
        (#""window_frames": 121"#, #""window_frames": 100000"#, "second_look: window.frames is 100000"),
        (#""units": 32"#, #""units": 48"#, "second.safetensors: tensor"),
        (#""units": 32"#, #""units": 33"#, "second_look: network.lstm.units"),
        (#""temperature": 0.9"#, #""temperature": 0"#, "second_look: calibration.temperature"),
        (#""weights": "second.safetensors""#, #""weights": "../second.safetensors""#, "must be second.safetensors"),
        (#""candidates": {"#, #""candidates": {"loud": 0.5, "#, "second_look.candidates"),
        (#""low": 0.3"#, #""low": 1.3"#, "second_look.candidates"),
        (#""second_weight": {"#, #""second_weights": {"#, "detection.second_weight must hold a number for every word"),
        (#""high": 0.25"#, #""high": 1.25"#, "detection.second_weight"),
        (#""false_alarms_per_hour": 0.1"#, #""false_alarms_per_hour": -1"#, "detection.false_alarms_per_hour"),
        ("-2.0,", "2.0,", "detection.first"), ("0.05,", "5,", "alarms must fall"),
        ("\"thresholds_first\": {", "\"thresholds_first\": {\"loud\": 0.5,", "thresholds_first must hold"),
    ])
    func `a description that lies about the second look or the curves is refused by name`(
        original: String, changed: String, names: String
    ) throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            let before = try copy.bytes("model.json")
            try copy.replace(original, by: changed)
            #expect(try copy.bytes("model.json") != before, "\(original) is not there")
            try copy.renewChecksums()
            expectUnusable(copy, "\(changed)", names: names)
        }
    }

    @Test
    func `the second network may have a mean of its own`() throws {
        try withTemporaryFolder { folder in
            let copy = try ModelCopy(ofTwoNetworksIn: folder)
            let before = try Model(path: copy.path)
            var weights = try copy.bytes("second.safetensors")
            let headerEnd = 8 + weights[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let header = try JSONSerialization.jsonObject(with: Data(weights[8..<headerEnd])) as? [String: Any]
            let entry = try #require(header?["front_end.mean"] as? [String: Any])
            let place = headerEnd + (try #require(entry["data_offsets"] as? [Int]))[0]
            let mean = weights[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let moved = Float(bitPattern: mean) + 3
            withUnsafeBytes(of: moved.bitPattern.littleEndian) { weights.replaceSubrange(place..<place + 4, with: $0) }
            try copy.write("second.safetensors", weights)
            try copy.renewChecksums()
            let after = try Model(path: copy.path)

            let silence = try coefficients(
                ofNormalised: [Float](repeating: 0.5, count: before.description.frontEnd.coefficients),
                weights: Fixture.twoNetworksPath + "/second.safetensors")
            let look = SecondLook(try #require(after.second), silence: silence)
            var shifted = silence
            shifted[0] -= 3
            let same = SecondLook(try #require(before.second), silence: shifted)
            let one = Smoothing(hops: 1)
            let without = SecondLook(try #require(before.second), silence: silence)
            for word in 0..<2 {
                #expect(abs(look.score(of: word, one) - same.score(of: word, one)) < 1e-4)
                #expect(abs(look.score(of: word, one) - without.score(of: word, one)) > 1e-3)
            }
        }
    }

    private func expectUnusable(_ copy: ModelCopy, _ comment: Comment, names part: String = "") {
        let error = #expect(throws: ModelFolderError.self, comment) { try Model(path: copy.path) }
        guard case .unusable(copy.path, let reason) = error else {
            Issue.record("\(comment): \(String(describing: error))")
            return
        }
        #expect(part.isEmpty || reason.contains(part), "\(comment): \(reason)")
    }
}
