"""exp, log and tanh (N9), defined as sequences of the binary32 primitives of `floats`.

Arrays in, arrays out: f32 of any shape, flushed on entry.  A reduced argument goes through a
polynomial in explicit fma whose head (1, r, f, a) is kept exact, so that only the last rounding
weighs.  The tables come from `minimax.py`; `python -m anhvm.kernels.cpu.ulp` measures the error
over all 2^32 arguments.
"""

from __future__ import annotations

import numpy as np

ONE = np.float32(1)

# Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
ROUNDER = np.float32(12582912)
ROUNDER_BITS = np.int32(0x4B400000)
LOG2_E = np.float32(1.44269504088896341)
LN2 = np.float32(0.69314718055994531)
LN2_REST = np.float32(-1.90465421e-9)  # ln 2 - LN2
LN2_HIGH = np.float32(0.693359375)  # nine bits of ln 2: products with an exponent are exact
LN2_LOW = np.float32(-2.12194440e-4)  # ln 2 - LN2_HIGH

# exp(r) = 1 + (r + r*r*Q(r)) for |r| <= ln(2)/2
EXP = (
    np.float32(0.49999988),
    np.float32(0.16666518),
    np.float32(0.041669648),
    np.float32(0.008368947),
    np.float32(0.0013745326),
)
EXP_HIGH = np.float32(88.72283)  # the greatest argument with a finite result
EXP_LOW = np.float32(-87.33654)  # the least argument whose result is not flushed

# log(1 + f) = f + f*f*Q(f) for |f| <= 1/3
LOG = (
    np.float32(-0.5),
    np.float32(0.33333206),
    np.float32(-0.24999888),
    np.float32(0.20010835),
    np.float32(-0.16676389),
    np.float32(0.14000104),
    np.float32(-0.122408405),
    np.float32(0.14008816),
    np.float32(-0.12647147),
)
LOG_SPLIT = np.int32(0x3F2AAAAB)  # the bits of 2/3: arguments are 2^e * m with m in [2/3, 4/3)

# tanh(a) = a + a*z*Q(z), z = a*a, for a <= TANH_SPLIT
TANH = (
    np.float32(-0.33333322),
    np.float32(0.13332978),
    np.float32(-0.053929117),
    np.float32(0.021662522),
    np.float32(-0.008262233),
    np.float32(0.00258029),
    np.float32(-0.00045454054),
)
TANH_SPLIT = np.float32(0.9)
TANH_HIGH = np.float32(10)  # from here on tanh is 1
