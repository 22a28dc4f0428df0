"""Whence the tables of the transcendentals: `python -m anhvm.kernels.definitions.minimax`.

Each function is written as a known head plus a factor times a polynomial Q, so that the head is
exact and the rounding of Q weighs little.  Q is fitted by least squares at Chebyshev nodes with
the weight that makes the error of the *whole* relative; the coefficient that matters most is
rounded to binary32 first and the rest are fitted again around it.
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath
import numpy as np

Real = Callable[[mpmath.mpf], mpmath.mpf]


def fit(q: Real, weight: Real, low: float, high: float, terms: int) -> list[np.float32]:
    """Binary32 coefficients, lowest power first, of a near-minimax polynomial for `q`."""
    mpmath.mp.dps = 40
    angle = (np.arange(400) + 0.5) * np.pi / 400
    nodes = 0.5 * (low + high) + 0.5 * (high - low) * np.cos(angle)
    values = np.array([float(q(mpmath.mpf(float(x)))) for x in nodes])
    scale = np.array([float(weight(mpmath.mpf(float(x)))) for x in nodes])
    fixed: list[np.float32] = []
    for done in range(terms):
        rest = values - sum(float(c) * nodes**i for i, c in enumerate(fixed))
        basis = np.stack([scale * nodes**i for i in range(done, terms)], axis=1)
        fixed.append(np.float32(np.linalg.lstsq(basis, scale * rest, rcond=None)[0][0]))
    return fixed


def coefficients() -> dict[str, list[np.float32]]:
    """All tables, by name."""
    root = mpmath.sqrt
    quarter = float(mpmath.pi / 4) ** 2 * 1.0002
    half = float(mpmath.log(2) / 2)
    return {
        # exp(r) = 1 + (r + r*r*Q(r))
        "EXP": fit(
            lambda r: (mpmath.exp(r) - 1 - r) / (r * r),
            lambda r: r * r * mpmath.exp(-r),
            -half * 1.0001,
            half * 1.0001,
            5,
        ),
        # log(1 + f) = f + f*f*Q(f)
        "LOG": fit(
            lambda f: (mpmath.log(1 + f) - f) / (f * f),
            lambda f: f * f / mpmath.log(1 + f),
            -1 / 3,
            1 / 3,
            9,
        ),
        # tanh(a) = a + a*z*Q(z), z = a*a
        "TANH": fit(
            lambda z: (mpmath.tanh(mpmath.sqrt(z)) / mpmath.sqrt(z) - 1) / z,
            lambda z: z * mpmath.sqrt(z) / mpmath.tanh(mpmath.sqrt(z)),
            0.0,
            0.95**2,
            7,
        ),
        # 2 atanh(s) = 2s + s*z*(THIRD + z*Q(z)), z = s*s
        "ATANH": fit(
            lambda z: (2 * mpmath.atanh(root(z)) / root(z) - 2 - 2 * z / mpmath.mpf(3)) / (z * z),
            lambda z: z * z * root(z) / mpmath.atanh(root(z)) / 2,
            1e-9,
            0.04 * 1.0001,
            4,
        ),
        # erf(a) = a + a*Q(z), z = a*a
        "ERF": fit(
            lambda z: mpmath.erf(root(z)) / root(z) - 1,
            lambda z: root(z) / mpmath.erf(root(z)),
            0.0,
            0.93**2,
            6,
        ),
        # erf(a) = 1 - exp(Q(a))
        "ERFC": fit(
            lambda a: mpmath.log(mpmath.erfc(a)),
            lambda a: mpmath.erfc(a) / mpmath.erf(a),
            0.93,
            3.92,
            6,
        ),
        # sin(r) = r + r*z*Q(z), cos(r) = 1 - z/2 + z*z*Q(z), z = r*r
        "SIN": fit(
            lambda z: (mpmath.sin(root(z)) / root(z) - 1) / z,
            lambda z: z * root(z) / mpmath.sin(root(z)),
            0.0,
            quarter,
            4,
        ),
        "COS": fit(
            lambda z: (mpmath.cos(root(z)) - 1 + z / 2) / (z * z),
            lambda z: z * z / mpmath.cos(root(z)),
            0.0,
            quarter,
            3,
        ),
    }


if __name__ == "__main__":
    for name, table in coefficients().items():
        print(f"{name} = (")
        for value in table:
            print(f"    np.float32({value}),")
        print(")")
