namespace Canon.Algebra

/// Networks as they would be with weights of few bits: a simulation, to see what another gauge buys. No file of integers is written.
[<RequireQualifiedAccess>]
module Quantization =

    /// The network with the weight of every dense layer and convolution rounded to multiples of one step a tensor: symmetric, the largest
    /// |entry| being 2^(bits−1) − 1 steps, halves to even. Biases, batch norms, factors a channel and scales stay. Each weight is read once for
    /// its step, and again whenever it is used. What a layer computes with is rounded, its diagonals included.
    /// Law: an entry moves by half a step at most; simulating twice is simulating once. Errors: NoValues, NotFinite, UnknownWidth;
    /// ArgumentException for fewer than 2 or more than 16 bits.
    val simulate: bits: int -> network: Network -> Result<Network, NetworkError>
