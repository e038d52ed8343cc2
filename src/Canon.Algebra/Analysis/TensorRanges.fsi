namespace Canon.Algebra.Analysis

open Canon.Algebra

/// The range of the numbers of a stored tensor.
[<StructuralEquality; NoComparison>]
type TensorRange =
    {
        /// The name of the parameter.
        Name: string
        /// How its numbers are stored.
        ElementType: ElementType
        /// How many there are.
        Count: int64
        /// How many of them are 0.
        Zeros: int64
        /// The largest |entry|; 0 where all are 0.
        Largest: float
        /// The smallest |entry| that is not 0; 0 where all are.
        Smallest: float
        /// The root mean square.
        RootMeanSquare: float
    }

    /// log₂(largest/smallest): the binary orders of magnitude that a number format has to span; 0 where all are 0.
    member Bits: float

    /// 65504 over the largest entry: the factor that leads to the overflow of float16; infinite where all are 0.
    member Float16Headroom: float

/// The dynamic range of tensors.
[<RequireQualifiedAccess>]
module TensorRanges =

    /// One a stored parameter that the network uses, in order of first use. Each is read once, nothing is copied.
    /// Errors: NotFinite, NestedTooDeep.
    val ofNetwork: network: Network -> Result<TensorRange list, NetworkError>
