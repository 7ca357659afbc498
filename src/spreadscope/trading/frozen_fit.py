"""The hedge of a pair as a trade keeps it from its decision on."""

from __future__ import annotations

from dataclasses import dataclass

from spreadscope.model.facts import PairRow
from spreadscope.model.hedge import Space
from spreadscope.model.sliced_orders import FrozenHedge


@dataclass(frozen=True, slots=True)
class Fit:
    """The hedge of a pair at a decision, and the baseline of z: they are frozen for the life of a trade."""

    beta: float | None
    alpha: float
    mean: float | None
    sd: float | None
    z: float | None
    half_life: float | None
    space: Space

    @classmethod
    def of(cls, row: PairRow | None, space: Space) -> Fit:
        if row is None:
            return cls(None, 0.0, None, None, None, None, space)
        return cls(
            row.beta.value, row.alpha.value or 0.0, row.spread_mean.value, row.spread_sd.value, row.z.value,
            row["half_life"].value, space,
        )  # fmt: skip

    @classmethod
    def of_order(cls, hedge: FrozenHedge) -> Fit:
        """Returns what an order froze with its first slice."""
        return cls(hedge.beta, hedge.alpha, hedge.mean, hedge.sd, hedge.z, hedge.half_life, hedge.space)

    def frozen(self) -> FrozenHedge:
        """Returns what an order keeps. Raises ``ValueError`` without a hedge ratio."""
        if self.beta is None:
            raise ValueError("there is no hedge ratio to freeze")
        return FrozenHedge(
            beta=self.beta, alpha=self.alpha, mean=self.mean, sd=self.sd, z=self.z, half_life=self.half_life,
            space=self.space,
        )  # fmt: skip
