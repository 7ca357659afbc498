"""Spot beside the synthetic perpetuals: each has a twin a few basis points below it, with its own trades and quotes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
import numpy as np

from spreadscope.exchange.binance_spot.spot_names import spot_symbol
from spreadscope.exchange.local.flow import Asset
from spreadscope.exchange.local.frame_feed import Frame
from spreadscope.exchange.local.latent import Basis, Floats, PairTruth
from spreadscope.exchange.local.render import SpotRenderer
from spreadscope.exchange.local.synthetic_assets import STEP_MS, AssetGroup

_OWN_NUMBERS: Final = 7  # of the seed's random numbers, so that the perpetuals trade alike with and without their twins
_HISTORY, _PAST, _LIVE, _OPENING = range(4)
_FIRST_BOOK: Final = 10_000
_SHARE: Final = 0.6  # of the perpetual's trades and quotes
BASIS_MEAN: Final = 4e-4
_DEVIATION: Final = 2.5e-4
_HALF_LIFE_S: Final = 180.0


class SpotTwins:
    """The twins of all perpetuals. ``ln perpetual = ln spot + basis``, and the basis goes back to its mean slowly.

    ``last_ids`` and ``last_prices`` (of perpetuals and twins) are those at which an earlier market left off; ``again``
    tells the random numbers of a market that goes on from those of the earlier one.
    """

    def __init__(
        self,
        perpetuals: Sequence[Asset],
        *,
        seed: int,
        again: tuple[int, ...],
        last_ids: Mapping[str, int],
        last_prices: Mapping[str, float],
        keep: int | None,
    ) -> None:
        assets = [_twin(asset) for asset in perpetuals]
        renderers = [SpotRenderer(asset) for asset in assets]
        self.group = AssetGroup(assets, renderers, seed=seed, first_book=_FIRST_BOOK, last_ids=last_ids, keep=keep)
        self.truth = tuple(
            PairTruth(perpetual.symbol, spot.symbol, 1.0, BASIS_MEAN, _HALF_LIFE_S, _DEVIATION)
            for perpetual, spot in zip(perpetuals, assets, strict=True)
        )
        self._seed = seed
        self._again = again
        starts = [
            math.log(last_prices[pair.y] / last_prices[pair.x])
            if {pair.y, pair.x} <= last_prices.keys()
            else BASIS_MEAN
            for pair in self.truth
        ]
        self._basis = Basis(np.array(starts), mean=BASIS_MEAN, deviation=_DEVIATION, half_life_s=_HALF_LIFE_S)

    def make_history(self, levels: Floats, activity: Floats, start_ms: int) -> None:
        """Minute bars, from the perpetuals' hidden prices of each second."""
        rng = np.random.default_rng((self._seed, _OWN_NUMBERS, _HISTORY))
        self.group.make_history(rng, levels - self._basis.advance(rng, levels.shape[1], 1000), activity, start_ms)

    def make_past(self, number: int, levels: Floats, activity: Floats, now_ms: int, open_ms: int) -> list[Frame]:
        """Trades before the market opens; returns the frames after it, with the books open at the last of them."""
        rng = np.random.default_rng((self._seed, _OWN_NUMBERS, _PAST, number, *self._again))
        spot = levels - self._basis.advance(rng, levels.shape[1], STEP_MS)
        held = self.group.make_past(rng, spot, activity, now_ms, open_ms)
        if now_ms + levels.shape[1] * STEP_MS >= open_ms:
            self.group.open_books(np.random.default_rng((self._seed, _OWN_NUMBERS, _OPENING)), spot, open_ms)
        return held

    def frames(self, number: int, levels: Floats, activity: Floats, start_ms: int) -> list[Frame]:
        """The trades and quotes of these steps."""
        rng = np.random.default_rng((self._seed, _OWN_NUMBERS, _LIVE, number, *self._again))
        spot = levels - self._basis.advance(rng, levels.shape[1], STEP_MS)
        return self.group.frames(rng, spot, activity, start_ms)


def _twin(perpetual: Asset) -> Asset:
    return msgspec.structs.replace(
        perpetual,
        symbol=spot_symbol(perpetual.symbol),
        trades_per_s=perpetual.trades_per_s * _SHARE,
        quotes_per_s=perpetual.quotes_per_s * _SHARE,
    )
