extension ModelDescription {
    /// The sizes of the layers, see `Network`.
    public struct Shape: Decodable, Sendable {
        /// A convolution over frames and bands, padded with zeros at the first and last band, not in time.
        public struct BandConvolution: Decodable, Sendable {
            public let channels: Int
            /// Its size, in frames and in bands.
            public let kernel: Int
            /// How far it moves, in frames.
            public let stride: Int
            /// How far it moves, in bands.
            public let bandStride: Int

            /// Bands that it leaves of so many.
            package func outputBands(of bands: Int) -> Int { (bands - 1) / bandStride + 1 }
        }
        public struct Convolution: Decodable, Sendable {
            public let channels: Int
            public let kernel: Int
            public let stride: Int
        }
        public struct Block: Decodable, Sendable { public let kernel: Int }
        public struct Units: Decodable, Sendable { public let units: Int }
        public struct Heads: Decodable, Sendable { public let heads: Int }

        /// Bands of the smooth spectrum that the coefficients are turned back into.
        public let bands: Int
        public let stem: [BandConvolution]
        /// Channels after the stem and of every block.
        public let channels: Int
        public let blocks: [Block]
        public let reduction: Convolution
        public let lstm: Units
        public let attention: Heads
        public let embedding: Units

        /// Frames that one step after the stem stands for.
        package var stemStride: Int { stem.reduce(1) { $0 * $1.stride } }

        /// Bands before the first convolution of the stem and after each.
        package var stemBands: [Int] {
            stem.reduce(into: [bands]) { counts, layer in counts.append(layer.outputBands(of: counts.last!)) }
        }

        /// Numbers that the stem gives for one step: `[bands][channels]`.
        package var stemOutputs: Int { stemBands.last! * stem.last!.channels }

        /// Steps that the valid convolutions leave of a number of frames; 0 if there are too few. Free of allocation: the
        /// listening thread asks for every event.
        package func steps(frames: Int) -> Int {
            var count = frames
            for layer in stem { count = outputs(of: count, kernel: layer.kernel, stride: layer.stride) }
            for block in blocks { count = outputs(of: count, kernel: block.kernel, stride: 1) }
            return outputs(of: count, kernel: reduction.kernel, stride: reduction.stride)
        }
    }
}

/// How often a kernel fits into so many steps without padding.
package func outputs(of steps: Int, kernel: Int, stride: Int) -> Int {
    steps < kernel ? 0 : (steps - kernel) / stride + 1
}

extension ModelDescription.Shape {
    /// Numbers that one output of a layer is made of, at most; see `QuantisedLayer`.
    package static let mostInputs = 4096

    func check() throws(ModelError) {
        try require(1...256, bands, "network.bands")
        try require(1...4, stem.count, "network.stem: count")
        for (index, layer) in stem.enumerated() {
            let name = "stem.\(index)"
            try requireWidth(layer.channels, "\(name).channels")
            try requireKernel(layer.kernel, name)
            try require(1...layer.kernel, layer.stride, "network.\(name).stride")
            try require(1...layer.kernel, layer.bandStride, "network.\(name).band_stride")
        }
        for (index, layer) in stem.enumerated() {
            let inputs = index == 0 ? 1 : stem[index - 1].channels
            try requireInputs(layer.kernel * layer.kernel * inputs, "network.stem.\(index)")
        }
        try requireInputs(stemOutputs, "network.stem")
        try requireWidth(channels, "channels")
        try require(0...16, blocks.count, "network.blocks: count")
        for block in blocks { try requireKernel(block.kernel, "blocks") }
        try requireWidth(reduction.channels, "reduction.channels")
        try require(1...31, reduction.kernel, "network.reduction.kernel")
        try require(1...reduction.kernel, reduction.stride, "network.reduction.stride")
        try requireWidth(lstm.units, "lstm.units")
        try requireWidth(embedding.units, "embedding.units")
        try require(1...16, attention.heads, "network.attention.heads")
        try requireInputs((attention.heads + 1) * lstm.units, "network.attention")
    }

    private func requireInputs(_ count: Int, _ what: String) throws(ModelError) {
        guard count <= Self.mostInputs else {
            throw .damaged(
                "\(what) has \(count) numbers for each output of a layer, at most \(Self.mostInputs) can be computed")
        }
    }

    private func requireKernel(_ kernel: Int, _ layer: String) throws(ModelError) {
        try require(1...31, kernel, "network.\(layer).kernel")
        guard kernel % 2 == 1 else { throw .damaged("network.\(layer).kernel must be odd") }
    }

    private func requireWidth(_ value: Int, _ what: String) throws(ModelError) {
        guard value % 16 == 0, (16...1024).contains(value) else {
            throw .damaged("network.\(what) is \(value), must be a multiple of 16 from 16 to 1024")
        }
    }
}
