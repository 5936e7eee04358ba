import Foundation
import Models

/// Coefficients as they come from the front end, of those that the mean and the scale of a network were applied to, as in
/// training.
///
/// - Parameter weights: the network's file.
public func coefficients(ofNormalised frames: [Float], weights: String) throws -> [Float] {
    let file = try Safetensors(bytes: [UInt8](Data(contentsOf: URL(filePath: weights))))
    let (mean, scale) = (try file.tensor("front_end.mean").values, try file.tensor("front_end.scale").values)
    return frames.enumerated().map { $1 / scale[$0 % scale.count] + mean[$0 % mean.count] }
}
