"""The canonical form of a chain of square ReLU layers by numpy or PyTorch, each at its best: in place, a layer at a time, nothing
allocated but what the library itself allocates. Its argument is the library. Reads lines `what layers width threads repeats`, `what`
being in-place, gains or path-norm, and answers each with the seconds of one repetition."""

import sys
import time

library = sys.argv[1]

try:
    if library == "numpy":
        import numpy
    else:
        import torch
except ImportError:
    sys.exit(f"{library} is missing")


class Numpy:
    description = f"numpy {numpy.__version__}" if library == "numpy" else ""

    def weights(self, layers, width):
        draw = numpy.random.default_rng(1)
        first = (draw.standard_normal((width, width)) * (2.0 / width) ** 0.5).astype(numpy.float32)
        return [numpy.roll(first, k, axis=0) for k in range(layers)]

    def threads(self, count):
        pass

    def in_place(self, weights):
        gain = None
        for w in weights:
            if gain is not None:
                w *= gain
            gain = numpy.sqrt(numpy.einsum("ij,ij->i", w, w))
            w /= gain[:, None]
        return gain

    def gains(self, weights):
        gain = numpy.ones(len(weights[0]), numpy.float32)
        for w in weights:
            scaled = w * gain
            gain = numpy.sqrt(numpy.einsum("ij,ij->i", scaled, scaled))
        return gain

    def path_norm(self, weights):
        paths = numpy.ones(len(weights[0]), numpy.float32)
        for w in weights:
            paths = (w * w) @ paths
        return numpy.sqrt(paths)


class Torch:
    description = f"PyTorch {torch.__version__}" if library == "torch" else ""

    def weights(self, layers, width):
        torch.manual_seed(1)
        first = torch.randn(width, width) * (2.0 / width) ** 0.5
        return [torch.roll(first, k, 0).contiguous() for k in range(layers)]

    def threads(self, count):
        torch.set_num_threads(count)

    def in_place(self, weights):
        gain = None
        for w in weights:
            if gain is not None:
                w.mul_(gain)
            gain = torch.linalg.vector_norm(w, dim=1)
            w.div_(gain[:, None])
        return gain

    def gains(self, weights):
        gain = torch.ones(len(weights[0]))
        for w in weights:
            gain = torch.linalg.vector_norm(w * gain, dim=1)
        return gain

    def path_norm(self, weights):
        paths = torch.ones(len(weights[0]))
        for w in weights:
            paths = torch.mv(w.square(), paths)
        return paths.sqrt()


peer = Numpy() if library == "numpy" else Torch()
print(peer.description, flush=True)
held = None

for line in sys.stdin:
    what, layers, width, threads, repeats = line.split()
    layers, width = int(layers), int(width)
    peer.threads(int(threads))
    if held is None or held[0] != (layers, width):
        held = None
        held = (layers, width), peer.weights(layers, width)
    action = {"in-place": peer.in_place, "gains": peer.gains, "path-norm": peer.path_norm}[what]
    begin = time.perf_counter()
    for _ in range(int(repeats)):
        action(held[1])
    seconds = (time.perf_counter() - begin) / int(repeats)
    # Its threads go on spinning for a while.
    time.sleep(0.03)
    print(seconds, flush=True)
