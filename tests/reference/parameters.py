"""The parameters of a case: from its call, its inputs, its words, and, where it is silent, a default with a name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

#: What stands for a parameter that a case does not give. Nothing else in the mappings is a number of its own.
DEFAULTS: dict[str, Any] = {
    # measured rates
    "seed": 20230704,
    "lags": 1,
    "level": 0.05,
    "phi": 0.9,
    "noise_sd": 0.0,
    "times_the_pairs": 4,  # a rate over four times as many pairs has half the standard error
    "universes": 200,
    "universe_rows": 500,
    "coins": 20,
    # properties of estimators
    "window": 60,
    "halflife": 20.0,
    "burn_in": 100,
    "delta": 1e-4,
    "R": 1e-3,
    "draws": 20,
    "first_draw": 150,
    "gap_rows": 500,
    "entry": 2.0,
    "exit": 0.5,
    "stop": 4.0,
    # estimators
    "repeats": 1000,
    "warm_up": 1,
    "limit_R": 1e-4,
    "limit_P_over_R": 1e10,
    "periods": 365.0,
    "track_record_periods": 250.0,
    "skew": 0.0,
    "kurtosis": 3.0,
    "benchmark": 0.0,
    "alpha": 0.05,
    # the stream of whole numbers: s = (multiplier s + addend) mod modulus, k = ((s >> shift) mod span) − offset
    "stream_window": 600,
    "base": 100000.0,
    "divisor": 128.0,
    "start": 12345,
    "multiplier": 1664525,
    "addend": 1013904223,
    "modulus": 2**32,
    "shift": 16,
    "span": 3,
    "offset": 1,
    "spike_every": 0,
    "spike_at": 0,
    "spike": 0,
}

#: Other names under which a case may give it.
NAMES: dict[str, tuple[str, ...]] = {
    "seed": ("random_seed",),
    "lags": ("lag",),
    "level": ("significance", "q"),
    "universes": ("n_universes", "n_sim"),
    "universe_rows": ("rows", "T", "length"),
    "gap_rows": ("rows", "T", "length"),
    "coins": ("n", "n_coins"),
    "halflife": ("half_life",),
    "R": ("r",),
    "draws": ("n_draws",),
    "limit_R": ("R", "r"),
    "periods": ("periods_per_year",),
    "track_record_periods": ("periods_per_year", "periods", "obs_per_year"),
    "skew": ("skewness",),
    "stream_window": ("window",),
    "start": ("s_0", "s0", "seed"),
    "modulus": ("m",),
    "multiplier": ("a",),
    "addend": ("c", "increment"),
    "span": ("mod",),
}

_NUMBER = r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
#: How the words of a case (its ``function``) say it: the product of the groups counts.
WORDS: dict[str, str] = {
    "lags": r"\blags? (?:fixed at )?(\d+)\b",
    "level": rf"(?:q=|^)\s*{_NUMBER}%|{_NUMBER}% (?:Engle|EG|decision|setting)",
    "phi": rf"\bphi\s*=\s*{_NUMBER}",
    "universes": r">=\s*(\d+) universes",
    "universe_rows": r"\bT\s*=\s*(\d+)|\blength (\d+)",
    "draws": r"for (\d+) random",
    "track_record_periods": rf"{_NUMBER} (?:obs|observations|periods)\s*(?:/|a |per )\s*(?:yr|year)",
    "periods": rf"sqrt\({_NUMBER}\)",
    "stream_window": r"[Ww]indow(?: of)? (\d+)",
    "base": rf"x_i\s*=\s*{_NUMBER}\s*\+\s*k",
    "divisor": rf"k_i\s*/\s*{_NUMBER}",
    "start": r"s_0\s*=\s*(\d+)",
    "multiplier": r"s\s*=\s*\((\d+)\s*\*?\s*s\b",
    "addend": r"s\s*=\s*\(\d+\s*\*?\s*s\s*\+\s*(\d+)\)",
    "shift": r"s\s*>>\s*(\d+)",
    "span": r">>\s*\d+\)\s*mod\s*(\d+)\)",
    "offset": r"mod\s*\d+\)\s*-\s*(\d+)",
    "spike_every": r"i mod (\d+)\s*==",
    "spike_at": r"i mod \d+\s*==\s*(\d+)",
    "spike": r"then k\s*=\s*(-?\d+)(?:\s*\*\s*(\d+))?",
}
_MODULUS = re.compile(r"mod (\d+)\^(\d+)")

#: What is allowed where a case names no tolerance of that kind: first its ``rel`` or ``abs``, then these.
ALLOWED: dict[str, float] = {"rel": 1e-9, "abs": 1e-9, "p_abs": 1e-4, "crit_abs": 1e-4}


class Parameters(dict[str, Any]):
    """The ``params`` of a call, with the rest of its case behind them."""

    def __init__(self, params: Mapping[str, Any], inputs: Mapping[str, Any], words: str = "") -> None:
        super().__init__(params)
        self._inputs = inputs
        self._words = words

    def find(self, name: str, default: Any = None) -> Any:
        """The parameter: as the call names it, the inputs, the words; else ``default`` or the one of ``DEFAULTS``."""
        for key in (name, *NAMES.get(name, ())):
            for given in (self, self._inputs):
                if given.get(key) is not None:
                    return given[key]
        said = self._said(name)
        if said is not None:
            return said
        return DEFAULTS[name] if default is None else default

    def given(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of ``names`` that the call or the inputs hold."""
        return {name: self.get(name, self._inputs.get(name)) for name in names if name in self or name in self._inputs}

    def _said(self, name: str) -> float | int | None:
        if name == "modulus":
            power = _MODULUS.search(self._words)
            return None if power is None else int(power[1]) ** int(power[2])
        found = re.search(WORDS[name], self._words) if name in WORDS else None
        if found is None:
            return None
        product: float | int = 1
        for text in found.groups():
            if text is not None:
                product *= int(text) if re.fullmatch(r"-?\d+", text) else float(text)
        return product / 100 if name == "level" else product


class Tolerance(dict[str, Any]):
    """The tolerances of a case. One that it does not name is its ``rel`` or ``abs``, else that of ``ALLOWED``."""

    def __missing__(self, name: str) -> float:
        kind = "rel" if name.endswith("rel") else "abs"
        found = dict.get(self, kind, ALLOWED.get(name, ALLOWED[kind]))
        return float(found)
