"""Chance as a function: the same seed, purpose, number and run always give the same draw.

So a ticket keeps its draws from one forecast to the next (displays do not flicker), and two
lobbies that differ in one counter differ in nothing else (common random numbers). A counter run
through the finaliser of splitmix64 (Steele, Lea & Flood 2014) needs no generator to be kept.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]

_GOLDEN: Final = 0x9E3779B97F4A7C15
_ID: Final = np.uint64(0xD1B54A32D192ED03)
_RUN: Final = np.uint64(0x8CB92BA72F3D8DD7)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_BITS: Final = 0xFFFFFFFFFFFFFFFF

_TABLE: Final = 4096
_NORMAL: Final = np.array([NormalDist().inv_cdf((n + 0.5) / _TABLE) for n in range(_TABLE)])
_MIDDLES: Final = (np.arange(_TABLE) + 0.5) / _TABLE


def seed_of(*words: str | int) -> int:
    """A seed made of what names something: a branch, a day. FNV-1a, the same on every machine."""
    value = 0xCBF29CE484222325
    for byte in "\x1f".join(str(word) for word in words).encode():
        value = ((value ^ byte) * 0x100000001B3) & _BITS
    return value


def uniforms(seed: int, purpose: str, ids: Whole, runs: int) -> Floats:
    """(runs, ids) numbers above 0 and below 1."""
    base = np.uint64((seed_of(purpose) ^ (seed * _GOLDEN)) & _BITS)
    x = base + ids.astype(np.uint64)[None, :] * _ID
    x = _mixed(x) + np.arange(1, runs + 1, dtype=np.uint64)[:, None] * _RUN
    return (_mixed(x) >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54


def spread(seed: int, purpose: str, ids: Whole, runs: int) -> Floats:
    """The same, with the runs of each id spread evenly over 0..1 (a Latin hypercube): as good as
    several times as many runs."""
    u = uniforms(seed, purpose, ids, runs)
    places = np.empty(u.shape, dtype=np.int64)
    np.put_along_axis(places, np.argsort(u, axis=0), np.arange(runs)[:, None], axis=0)
    return (places + uniforms(seed, purpose + " within", ids, runs)) / runs


def normal(u: Floats) -> Floats:
    """Standard normal draws."""
    drawn: Floats = np.interp(u, _MIDDLES, _NORMAL)
    return drawn


def gamma(u: Floats, shape: Floats) -> Floats:
    """Gamma draws of mean 1; Wilson and Hilferty's cube, good to a hundredth for shapes above 1."""
    ninth = 1.0 / (9.0 * shape)
    cube: Floats = np.maximum(0.0, 1.0 - ninth + normal(u) * np.sqrt(ninth)) ** 3
    return cube


def _mixed(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = x ^ (x >> np.uint64(30))
    mixed *= _MIX_1
    mixed ^= mixed >> np.uint64(27)
    mixed *= _MIX_2
    mixed ^= mixed >> np.uint64(31)
    return mixed
