"""Random numbers that are a pure function of a key and an index, as numpy arrays.

Everything here is integer arithmetic or single IEEE operations, so a number does not depend on how many others are
computed beside it: one row and ten thousand rows agree to the last bit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_FIELD_SD = 65536 / 3**0.5
"""Standard deviation of the sum of four uniform 16-bit integers."""


def key_of(*parts: object) -> int:
    """A 63-bit key for a named channel of randomness; small numbers may be added to it for sub-channels."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def hashed(key: int, index: Ints) -> NDArray[np.uint64]:
    """64 random bits for each index."""
    bits: NDArray[np.uint64] = index.astype(np.uint64) * _GOLDEN + np.uint64(key)
    bits ^= bits >> np.uint64(30)
    bits *= _MIX_1
    bits ^= bits >> np.uint64(27)
    bits *= _MIX_2
    bits ^= bits >> np.uint64(31)
    return bits


def uniform(key: int, index: Ints) -> Floats:
    """Uniform on (0, 1): never 0, so a logarithm is safe."""
    return ((hashed(key, index) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def gaussian(key: int, index: Ints) -> Floats:
    """Close to normal: mean 0, standard deviation 1, no tail beyond 3.5 (a sum of four uniform fields)."""
    bits = hashed(key, index)
    field = np.uint64(0xFFFF)
    total = (bits & field) + (bits >> np.uint64(16) & field) + (bits >> np.uint64(32) & field) + (bits >> np.uint64(48))
    return np.asarray((total.astype(np.float64) - 131070.0) / _FIELD_SD)


def smooth(key: int, index: Ints, spacing: int) -> Floats:
    """Normal values at every `spacing`-th index, straight lines between them."""
    node = index // spacing
    share = (index - node * spacing) / spacing
    return gaussian(key, node) * (1.0 - share) + gaussian(key, node + 1) * share


def bridge(key: int, index: Ints, levels: int, loudness: Callable[[Ints], Floats] | None, loud_levels: int) -> Floats:
    """A Brownian bridge over each cell of `2 ** levels` steps, unit variance a step, by midpoint displacement.

    `loudness(midpoints)` scales the displacements of the finest `loud_levels` levels: volatility that varies in time.
    """
    total = np.zeros(index.shape)
    for level in range(1, levels + 1):
        half = 1 << (level - 1)
        node = index >> level
        middle = (node << level) + half
        displacement = gaussian(key + level, node) * (1.0 - np.abs(index - middle) / half) * (2.0 * half) ** 0.5 / 2.0
        if loudness is not None and level <= loud_levels:
            displacement *= loudness(middle)
        total += displacement
    return total


def jumps(key: int, index: Ints, rate_per_step: float, least: float, mean: float, negative: float) -> Floats:
    """Poisson-like jumps that fade: a jump is at once `least` plus an exponential share, then decays to 0.

    Each cell of 0.65 / rate steps holds a jump with probability 0.65; it is gone after six cells.
    """
    cell = max(1, int(0.65 / rate_per_step))
    last = index // cell
    total = np.zeros(index.shape)
    for back in range(7):
        node = last - back
        age = index - node * cell - (uniform(key + 1, node) * cell).astype(np.int64)
        size = least - (mean - least) * np.log(uniform(key + 2, node))
        signed = np.where(uniform(key + 3, node) < negative, -size, size)
        struck = (uniform(key, node) < 0.65) & (age >= 0) & (age < 6 * cell)
        total += np.where(struck, signed * (1.0 - age / (6.0 * cell)) ** 2, 0.0)
    return total


def held(key: int, index: Ints, slot: int, probability: float) -> Ints:
    """The index at which a value last changed: each slot changes with `probability`, every eighth one surely."""
    current = index // slot
    if probability >= 1.0:
        return current * slot
    result = current - current % 8
    for back in range(7, -1, -1):
        candidate = current - back
        changed = (candidate >= result) & (uniform(key, candidate) < probability)
        result = np.where(changed, candidate, result)
    return result * slot


def within_run(key: int, index: Ints, cell: int, probability: float, shortest: int, longest: int) -> Bools:
    """True inside runs of `shortest` to `longest` steps, of which each cell starts one with `probability`."""
    inside = np.zeros(index.shape, dtype=np.bool_)
    for back in (0, 1):
        node = index // cell - back
        age = index - node * cell - (uniform(key + 1, node) * cell).astype(np.int64)
        length = shortest + (uniform(key + 2, node) * (longest - shortest + 1)).astype(np.int64)
        inside |= (uniform(key, node) < probability) & (age >= 0) & (age < length)
    return inside
