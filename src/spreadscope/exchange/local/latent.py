"""The hidden prices of the synthetic market: random walks, cointegrated pairs and one pair that breaks.

Pure numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_VOL_MEMORY_S: Final = 500.0  # volatility clusters over minutes
_VOL_SPREAD: Final = 0.45  # standard deviation of its logarithm
_QUIET, _NORMAL, _BURST = 0, 1, 2
_LEAVE_PER_S: Final = (1 / 15, 1 / 40, 1 / 4)  # out of quiet, normal, burst
_ACTIVITY: Final = np.array([0.05, 0.85, 5.0])  # messages, relative to the mean (stationary mean: 1.0)
_AGITATION: Final = np.array([0.5, 0.95, 1.8])  # volatility, relative


class PairTruth(msgspec.Struct, frozen=True):
    """A pair as it was made: ``ln y = alpha + beta ln x + s``, with s an Ornstein–Uhlenbeck process.

    ``half_life_s`` is that of s in seconds, ``spread_sd`` its stationary standard deviation. From ``breaks_ms`` on (if
    not None) nothing pulls s back: it is a random walk, and the pair is no pair any more.
    """

    y: str
    x: str
    beta: float
    alpha: float
    half_life_s: float
    spread_sd: float
    breaks_ms: int | None = None


class MarketTruth(msgspec.Struct, frozen=True):
    """Everything the synthetic market knows about itself; all symbols in no pair are unrelated walks.

    ``bases``: each perpetual over its twin on Spot, where the market has those.
    """

    seed: int
    start_ms: int
    pairs: tuple[PairTruth, ...]
    walks: tuple[str, ...]
    bases: tuple[PairTruth, ...] = ()


class _Pair(msgspec.Struct):
    y: int
    x: int
    truth: PairTruth


class Latent:
    """State of the hidden market; every call of :meth:`advance` moves it on.

    ``sigmas`` are volatilities per √second of the log price of each symbol (those of a pair's y are ignored: its moves
    are its partner's times β plus its spread's). ``origins`` are log prices at the beginning, those of pairs on
    their ties; ``resumed``: those that an earlier market left, and the spreads begin where they were.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        origins: Floats,
        sigmas: Floats,
        pairs: Sequence[PairTruth],
        *,
        resumed: bool = False,
    ) -> None:
        index = {symbol: number for number, symbol in enumerate(symbols)}
        self._pairs = [_Pair(index[pair.y], index[pair.x], pair) for pair in pairs]
        self._levels = origins.copy()
        self._sigmas = sigmas
        self._log_vol = np.zeros(len(symbols))
        self._regimes = [_NORMAL] * len(symbols)
        self._spreads = [
            float(origins[pair.y] - pair.truth.alpha - pair.truth.beta * origins[pair.x]) if resumed else 0.0
            for pair in self._pairs
        ]

    def advance(self, rng: np.random.Generator, start_ms: int, steps: int, step_ms: int) -> tuple[Floats, Floats]:
        """Move on by so many steps.

        Returns log mid prices and activities (message rates relative to their mean), each symbols × steps; column k
        holds from ``start_ms + k·step_ms`` on.
        """
        count = self._levels.size
        dt = step_ms / 1000
        regimes = self._regime_path(rng, steps, dt)
        memory = math.exp(-dt / _VOL_MEMORY_S)
        kicks = rng.standard_normal((count, steps)) * _VOL_SPREAD * math.sqrt(1 - memory**2)
        log_vol = _autoregressions(self._log_vol, kicks, memory)
        self._log_vol = log_vol[:, -1]
        vol = self._sigmas[:, None] * np.exp(log_vol - _VOL_SPREAD**2) * _AGITATION[regimes]
        levels = self._levels[:, None] + np.cumsum(rng.standard_normal((count, steps)) * vol * math.sqrt(dt), axis=1)
        for number, pair in enumerate(self._pairs):
            spread = self._spread_path(rng, number, start_ms, steps, step_ms)
            levels[pair.y] = pair.truth.alpha + pair.truth.beta * levels[pair.x] + spread
        self._levels = levels[:, -1].copy()
        return levels, _ACTIVITY[regimes]

    def _spread_path(self, rng: np.random.Generator, number: int, start_ms: int, steps: int, step_ms: int) -> Floats:
        pair = self._pairs[number].truth
        decay = math.exp(-math.log(2) * step_ms / 1000 / pair.half_life_s)
        kicks = rng.standard_normal(steps) * pair.spread_sd * math.sqrt(1 - decay**2)
        whole = steps
        if pair.breaks_ms is not None:
            whole = min(max(-(-(pair.breaks_ms - start_ms) // step_ms), 0), steps)
        value = self._spreads[number]
        path = list(accumulate(kicks[:whole].tolist(), lambda s, kick: decay * s + kick, initial=value))[1:]
        free = (path[-1] if path else value) + np.cumsum(kicks[whole:])
        spread = np.concatenate((path, free))
        self._spreads[number] = float(spread[-1])
        return spread

    def _regime_path(self, rng: np.random.Generator, steps: int, dt: float) -> NDArray[np.intp]:
        draws = rng.random((len(self._regimes), steps, 2))
        paths = []
        chances = [1 - math.exp(-rate * dt) for rate in _LEAVE_PER_S]
        for number, regime in enumerate(self._regimes):
            path = []
            current = regime
            leaves = draws[number, :, 0].tolist()
            turns = draws[number, :, 1].tolist()
            for leave, turn in zip(leaves, turns, strict=True):
                if leave < chances[current]:
                    current = _NORMAL if current != _NORMAL else _QUIET if turn < 1 / 3 else _BURST
                path.append(current)
            self._regimes[number] = current
            paths.append(path)
        return np.array(paths, dtype=np.intp)


class Basis:
    """How far (in the logarithm) each perpetual stands over its twin on Spot.

    Mean-reverting; every ``advance`` moves it on.
    """

    def __init__(self, starts: Floats, *, mean: float, deviation: float, half_life_s: float) -> None:
        self._values = starts
        self._mean = mean
        self._deviation = deviation
        self._half_life_s = half_life_s

    def advance(self, rng: np.random.Generator, steps: int, step_ms: int) -> Floats:
        """Returns the bases of the next steps, symbols × steps."""
        decay = math.exp(-math.log(2) * step_ms / 1000 / self._half_life_s)
        kicks = rng.standard_normal((self._values.size, steps)) * self._deviation * math.sqrt(1 - decay**2)
        paths = _autoregressions(self._values - self._mean, kicks, decay) + self._mean
        self._values = paths[:, -1]
        return paths


def _autoregressions(start: Floats, kicks: Floats, memory: float) -> Floats:
    """First-order autoregressions, one a row. A plain loop: exact, and fast enough for a start."""
    rows = []
    for first, row in zip(start.tolist(), kicks.tolist(), strict=True):
        rows.append(list(accumulate(row, lambda value, kick: memory * value + kick, initial=first))[1:])
    return np.array(rows)
