"""Products by numpy with OpenBLAS. Reads lines `float32 rows inner columns turned repeats`, answers each with the seconds of one product;
turned is 1 where the right side is given by columns, as the weights of a layer are."""

import os
import sys
import time


def core():
    """The kernels for this processor: OpenBLAS does not know processors that are newer than itself."""
    with open("/proc/cpuinfo") as file:
        text = file.read()
    if "avx512f" in text:
        return "SKYLAKEX"
    if "avx2" in text:
        return "ZEN" if "AuthenticAMD" in text else "HASWELL"
    return None


# Before numpy is loaded: OpenBLAS reads it once. Whatever it was set to before, the rival has its best.
if core():
    os.environ["OPENBLAS_CORETYPE"] = core()

try:
    import numpy
except ImportError:
    sys.exit("numpy is missing")

with open("/proc/self/maps") as maps:
    if "openblas" not in maps.read():
        sys.exit("numpy uses another library than OpenBLAS")

print(f"numpy {numpy.__version__} with OpenBLAS, {os.environ.get('OPENBLAS_CORETYPE', 'its own choice of core')}", flush=True)
known = {}

for line in sys.stdin:
    words = line.split()
    rows, inner, columns, turned, repeats = map(int, words[1:])

    if line not in known:
        draw = numpy.random.default_rng(1)
        left = draw.random((rows, inner)).astype(words[0])
        right = draw.random((columns, inner)).astype(words[0]).T if turned else draw.random((inner, columns)).astype(words[0])
        known[line] = left, right, numpy.empty((rows, columns), words[0])

    left, right, output = known[line]
    begin = time.perf_counter()
    for _ in range(repeats):
        numpy.matmul(left, right, out=output)
    seconds = (time.perf_counter() - begin) / repeats
    # Its threads go on spinning for a while.
    time.sleep(0.03)
    print(seconds, flush=True)
