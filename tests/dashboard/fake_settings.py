"""The settings and parameters of the fake engine: the product's own rules over a file and layers of the test."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Any

import msgspec

from spreadscope import contract
from spreadscope.api.parameters import describe
from spreadscope.api.settings import read_settings
from spreadscope.app.config_file import ConfigFile, FileChangedError
from spreadscope.model.config import Config
from spreadscope.model.errors import ConfigError
from spreadscope.model.parameter_layers import ParameterLayers, Scope
from spreadscope.model.timeframe import Timeframe
from tests.dashboard.fake_answers import RefusalError


class FakeSettings:
    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="spreadscope-test-"))
        weakref.finalize(self, shutil.rmtree, folder)
        self.path = folder / "spreadscope.toml"
        self.file = ConfigFile(self.path, Config.model_construct())

    def answer(self, method: str, body: Any) -> Any:
        try:
            if method == "PUT":
                self.file.write(body["values"], body["seen"])
        except FileChangedError as error:
            raise RefusalError(409, str(error)) from None
        except ConfigError as error:
            raise RefusalError(422, str(error)) from None
        return msgspec.to_builtins(read_settings(self.file))


class FakeParameters:
    def __init__(self) -> None:
        self.layers = ParameterLayers(Config.model_construct())
        self.puts: list[dict[str, Any]] = []
        self.tried: list[dict[str, Any]] = []
        self.problem = ""

    def answer(self, method: str, rest: list[str], query: dict[str, str], body: Any) -> Any:
        if rest == ["preview"]:
            return self._preview(body)
        if method == "GET" and "rows" in query:
            return self._tests(query)
        given = body if method == "PUT" else query
        scope = Scope(given.get("pair", ""), given.get("timeframe", ""))
        if method == "PUT":
            self.puts.append(body)
            self._set(self.layers, scope, body["values"])
        frame = Timeframe(scope.timeframe) if scope.timeframe else Timeframe.M1
        return self._plain(describe(self.layers, scope, frame))

    def _plain(self, answer: contract.Parameters) -> Any:
        told = msgspec.to_builtins(answer)
        names = contract.AnalyticsSettings.__struct_fields__
        told["analytics"] = {name: told["analytics"][name] for name in names}
        told["signals"] = {name: told["signals"][name] for name in contract.SignalSettings.__struct_fields__}
        return told

    def _set(self, layers: ParameterLayers, scope: Scope, values: dict[str, Any]) -> None:
        try:
            layers.set(scope, values)
        except ConfigError as error:
            raise RefusalError(422, str(error)) from None

    def _preview(self, body: dict[str, Any]) -> Any:
        self.tried.append(body)
        changed = ParameterLayers(Config.model_construct(), self.layers.items())
        scope = Scope(body["pair"], body["timeframe"])
        self._set(changed, scope, body["values"])
        trials = []
        for number, layers in enumerate((self.layers, changed)):
            told = self._plain(describe(layers, scope, Timeframe(body["timeframe"])))
            trials.append({
                "analytics": told["analytics"], "signals": told["signals"],
                "times": [60_000 * row for row in range(50)], "spread": [0.001] * 50,
                "z": [None, *(number + row / 50 for row in range(49))],
                "newest": {
                    "beta": [1.2 + number, None], "beta_se": [0.6, None], "z": [1.5 + number, None],
                    "half_life": [3_600.0, None], "eg_p": [None, "warming up"],
                },
                "trades": [],
            })  # fmt: skip
        return {
            "pair": body["pair"], "timeframe": body["timeframe"], "now": trials[0], "then": trials[1],
            "problem": self.problem,
        }  # fmt: skip

    def _tests(self, query: dict[str, str]) -> Any:
        test = {
            "name": "Engle–Granger", "what": f"lags {query['lags']}, {query['trend']}", "stat": [-4.2, None],
            "pvalue": [0.012, None], "lags": 2, "n": 480, "critical": [-3.9, -3.3, -3.0],
        }  # fmt: skip
        return {
            "pair": query["pair"], "timeframe": query["timeframe"], "rows": int(query["rows"]), "joint_rows": 490,
            "start": 0, "end": 1, "tests": [test], "words": "Both directions together: p 0.024",
        }  # fmt: skip
