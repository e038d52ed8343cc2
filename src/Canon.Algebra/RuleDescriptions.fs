namespace Canon.Algebra

/// What the rules of the catalog do, in words and by examples.
module internal RuleDescriptions =

    let byRule =
        let described name words examples =
            name, { Words = words; Examples = examples }

        Map
            [ described
                  "weight-norm-decomposition"
                  "Rule I. The gain of every row is taken out of it, so that rows of norm 1 are left. Fires on every `linear`; a `unit_row_linear` is decomposed already."
                  [ "linear(W, b)" ]
              described
                  "own-norms"
                  "The rows get the norms that the parameter itself has, and the rest of the gain leaves as a scale. Reconstitution in the original gauge uses it. Fires on a linear layer with a scale in front of it, and on one whose rows do not have their own norms."
                  [ "scale(g) -> linear(W)" ]
              described
                  "diagonal-folding"
                  "A diagonal layer - a batch norm, a shift, factors a channel - enters the linear layer in front of it, signs included. Used before scales move. Refuses when a scale has entered one of the layers already, a weight that several layers share, and more than 64 layers in one."
                  [ "conv(W, b, 3x3) -> batch_norm(gamma, beta, mean, variance, 0.001)"
                    "linear(W) -> shift(c)"
                    "linear(diag(g) * W) -> shift(c)" ]
              described
                  "diagonal-unfolding"
                  "A diagonal layer enters the linear layer behind it: its factors the columns of the weight, its shift, summed up by the weight, the bias. Used before scales move, for what no layer in front takes. Refuses a shift in front of a convolution that sees padding, or of a transposed one, when a scale has entered one of the layers already, a weight that several layers share, and more than 64 layers in one."
                  [ "batch_norm(gamma, beta, mean, variance, 0.001) -> linear(W, b)"
                    "batch_norm(gamma, beta, mean, variance, 0.001) -> conv(W, 3x3, same)" ]
              described
                  "activation-commutation"
                  "Rule II. A scale passes a positively homogeneous activation. Fires on `relu`, `leaky_relu`, `prelu` and `abs` (degree 1), on `square` and `relu_squared` (degree 2). Refuses the other activations and opaque terms: they are barriers, in front of which a scale stays."
                  [ "scale(g) -> relu"
                    "scale(g) -> square"
                    "scale(g) -> tanh"
                    "scale(g) -> opaque(erf)" ]
              described
                  "threshold-commutation"
                  "Rule II'. A scale passes a clip, whose thresholds become per channel. Fires on every clip that keeps 0 at 0. On the others only factors that are positive pass: symbols are assumed so, numbers are looked at, the row norms of a weight with values stay. Refuses where nothing can pass."
                  [ "scale(g) -> clip(0, 6)"
                    "scale(g) -> clip(1, 2)"
                    "scale([0, 1]) -> clip(1, 2)" ]
              described
                  "spatial-commutation"
                  "Rule II''. A scale passes what works on space channel by channel: a pool, padding by zeros or by positions, a crop, a resize. Fires always; a pool of sums of squares raises the scale to the power 2."
                  [ "scale(g) -> max_pool(2x2, stride 2x2)"
                    "scale(g) -> avg_pool(all)"
                    "scale(g) -> square_pool(all)"
                    "scale(g) -> resize(nearest_before, origin, by [2, 2])" ]
              described
                  "rearrangement-commutation"
                  "A scale passes a flatten, each entry repeated for its positions, and every other rearrangement whose channels all stem from channels: its entries go where their channels go. Refuses when the number of positions is not known, and when channels become positions."
                  [ "scale(g) -> flatten(4)"
                    "scale(g) -> rearrange((a b) c -> (b a) c, a = 2, b = 4)"
                    "scale(g) -> channels(4+4)"
                    "scale(g) -> flatten"
                    "scale(g) -> rearrange((a b) c -> a (c b), a = 2, b = 4, c = 5)" ]
              described
                  "normalization-absorption"
                  "A norm divides by what its channels have in common: of a scale in front of it the root mean square r of the entries vanishes in its epsilon, and only the ratios between channels stay. One number for all channels vanishes altogether. Refuses when nothing but ratios, or zeros, is left."
                  [ "scale([2, 2]) -> rms_norm(0.01)"
                    "scale(g) -> layer_norm(0.01)"
                    "scale(g/rms(g)) -> layer_norm(0.01)" ]
              described
                  "unit-scale"
                  "A scale of 1 is nothing. Fires when the gain is 1 by its expression."
                  [ "scale(g/g)" ]
              described "scale-fusion" "Two scales become one. Fires on every two." [ "scale(g) -> scale(h)" ]
              described
                  "scale-absorption"
                  "Rule III. A scale enters the linear layer behind it and leaves as the gain of that layer's rows. Fires on every scale in front of a `linear`, and on one that is not 1 in front of a `unit_row_linear`, whose rows are decomposed afresh."
                  [ "scale(g) -> linear(W, b)"; "scale(g) -> unit_row_linear(V)" ]
              described
                  "scale-fold-back"
                  "Rule III'. A scale enters the linear layer in front of it. Reconstitution uses it, canonicalising does not. Fires on every two."
                  [ "linear(W, b) -> scale(g)" ]
              described
                  "plain-absorption"
                  "A scale enters the linear layer behind it, whose rows keep the norms that they get. Reconstitution uses it. Fires on every scale in front of a `linear`."
                  [ "scale(g) -> linear(W, b)" ]
              described
                  "scale-distribution"
                  "A scale enters every branch of what hands its input to several networks. Fires on `sum`, `concat`, `product`, `tuple`, and an `opaque` of several inputs."
                  [ "scale(g) -> sum[id, linear(W)]"; "scale(g) -> product[id, linear(W)]" ]
              described
                  "sum-factoring"
                  "The gain of the leading branch leaves a sum, such as a residual block; the other branches keep their gain relative to it. The leader of a channel is its first branch with a positive gain, in an order that does not depend on gains: the identity, then wires, then the others. The gain of a symbolic leader is assumed positive. To be used when the gains of the branches are final. Refuses when the scale of the leading branch has zeros where its value need not be zero."
                  [ "sum[scale(g), linear(W) -> scale(h)]"
                    "sum[scale([0, 1]), linear(W) -> scale(h)]" ]
              described
                  "concat-factoring"
                  "The gains of the branches leave a concat side by side. Fires when a branch ends in a scale. Refuses when the width of a branch is not known, unless all gains are symbolic, and a scale of more than 10,000 parts or more than 64 deep."
                  [ "concat[linear(W1) -> scale(g), linear(W2) -> scale(h)]"
                    "concat[linear(W1) -> scale([1, 2]), linear(W2)]" ]
              described
                  "product-factoring"
                  "The gains of the branches leave a product, such as a gated unit, as one. Fires when a branch ends in a scale, a barrier inside the other branches notwithstanding."
                  [ "product[linear(W1) -> scale(g), linear(W2) -> scale(h) -> sigmoid]" ]
              described
                  "scale-copy"
                  "A scale passes the place where a value is named, and every use of the name gets it. Fires on every scale in front of an `as`, and rewrites the whole composition behind it; a sweep carries the gains of names along instead."
                  [ "scale(g) -> as x -> linear(W) -> sum[id, x]" ]
              described
                  "scale-discard"
                  "What flows into the use of a name is not read, a scale included. Fires on every scale in front of a wire."
                  [ "scale(g) -> x" ] ]
