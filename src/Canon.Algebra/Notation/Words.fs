namespace Canon.Algebra

open System

/// The words of the arrow notation.
module internal Words =

    /// The activations that are written by their name alone.
    let activations =
        Map
            [ for activation in [ Relu; Abs; Negate; Square; ReluSquared; Sigmoid; Tanh; Softmax ] do
                  Activation.name activation, activation ]

    /// Words that have a meaning of their own; a name that is one of them is written in quotes.
    let reserved =
        set
            [ yield! activations.Keys
              "id"
              "linear"
              "unit_row_linear"
              "conv"
              "unit_row_conv"
              "conv_transpose"
              "unit_row_conv_transpose"
              "batch_norm"
              "shift"
              "layer_norm"
              "rms_norm"
              "instance_norm"
              "group_norm"
              "max_pool"
              "min_pool"
              "avg_pool"
              "sum_pool"
              "norm_pool"
              "square_pool"
              "pad"
              "crop"
              "resize"
              "rearrange"
              "channels"
              "groups"
              "stride"
              "dilation"
              "output_pad"
              "same"
              "same_early"
              "scale"
              "leaky_relu"
              "prelu"
              "clip"
              "flatten"
              "sum"
              "concat"
              "product"
              "as"
              "tuple"
              "opaque"
              "diag"
              "rownorms"
              "pow2"
              "gain"
              "lead"
              "rms"
              "repeat"
              "strided"
              "ones"
              "diagonal"
              "ones_like"
              "norm_factor"
              "norm_shift"
              "times"
              "times_columns"
              "image"
              "select"
              "plus" ]

    /// Functions that are no terms of the notation: a wire of such a name is written in quotes, so that nobody's function is
    /// taken for a wire.
    let unknownFunctions =
        set
            [ "dropout"
              "elu"
              "exp"
              "gelu"
              "hard_sigmoid"
              "hard_swish"
              "hard_tanh"
              "log_softmax"
              "mish"
              "relu6"
              "selu"
              "silu"
              "softplus"
              "swish" ]

    /// Whether a name without quotes may begin with c.
    let isPlainStart c = Char.IsAsciiLetterOrDigit c || c = '_'

    /// Whether c may stand in a name without quotes.
    let isPlain c = isPlainStart c || c = '.' || c = '\''

    /// Whether c tells a name from a number.
    let isNameLike c = Char.IsAsciiLetter c || c = '_'

    let private quoted (text: string) =
        let escaped = text.Replace("\\", "\\\\").Replace("\"", "\\\"")
        $"\"{escaped}\""

    /// A name as it is where it is a word of its own, in quotes otherwise.
    let name (text: string) =
        if
            text.Length > 0
            && isPlainStart text[0]
            && String.forall isPlain text
            && String.exists isNameLike text
            && not (reserved.Contains text)
        then
            text
        else
            quoted text

    /// The name of a wire where it is read.
    let wire (text: string) =
        if unknownFunctions.Contains text then quoted text else name text
