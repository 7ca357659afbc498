"""Lists and shapes that the contract and the rest of the product both speak of are one."""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from spreadscope import contract
from spreadscope.alerts.runtime import notification_policy
from spreadscope.api.structs import ANALYTICS, OVERRIDES, ROW, SIGNALS
from spreadscope.contract.schema import contract_schemas
from spreadscope.contract.typescript import declarations
from spreadscope.model import facts
from spreadscope.model.config import AnalyticsConfig, SignalConfig
from spreadscope.store.delivery import delivery_reader
from spreadscope.store.tables import VALUE_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "spreadscope"


def test_states_of_deliveries_and_reasons_of_silence_are_told_whole() -> None:
    assert tuple(contract.DeliveryState) == delivery_reader.STATES
    assert set(contract.Suppressed.__args__) == {  # type: ignore[attr-defined]  # a Literal has them
        "", notification_policy.MUTED, notification_policy.ACKNOWLEDGED, notification_policy.COOLDOWN,
        notification_policy.CAP,
    }  # fmt: skip


def test_a_row_has_every_statistic_and_settings_every_key() -> None:
    assert ROW.__struct_fields__ == (*contract.Row.__struct_fields__, *VALUE_COLUMNS)
    assert set(facts.PairRow.__struct_fields__) - {"statistics"} == set(contract.Row.__struct_fields__)
    assert set(ANALYTICS.__struct_fields__) == set(AnalyticsConfig.model_fields)
    assert set(SIGNALS.__struct_fields__) == set(SignalConfig.model_fields)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bar", contract.Bar), ("row", ROW), ("signal", contract.Signal), ("gap", contract.Gap),
        ("rule", contract.Rule),
        ("alert", contract.Alert), ("channel", contract.Channel), ("delivery", contract.Delivery),
        ("status", contract.Status),
    ],
)  # fmt: skip
def test_the_page_of_the_interface_names_every_field(name: str, kind: type[msgspec.Struct]) -> None:
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").partition("## Objects\n```\n")[2].partition("```")[0]
    (described,) = re.findall(rf"^{name} +\{{(.*?)\}}$", page, flags=re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"[a-z_0-9]+", described))
    settings = {*contract.SignalSettings.__struct_fields__, *contract.AnalyticsSettings.__struct_fields__}
    assert set(fields(kind)) - settings - set(VALUE_COLUMNS) <= told  # statistics: docs/statistics-table.md


def fields(kind: object) -> Iterator[str]:
    """Names of a struct's fields, and of those within them."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not contract.Value:
        for field in msgspec.structs.fields(kind):
            yield field.encode_name
            yield from fields(field.type)
    for inner in get_args(kind):
        yield from fields(inner)


def test_the_types_of_the_pages_are_those_of_the_contract() -> None:
    """Where this fails: python scripts/contract_types.py."""
    written = (PACKAGE / "dashboard" / "assets" / "contract.d.ts").read_text(encoding="utf-8")
    assert written == declarations(OVERRIDES)
    named, _ = contract_schemas(OVERRIDES)
    for name in named:
        assert f"export interface {name} {{" in written or f"export type {name} = " in written


def test_the_lists_of_the_pages_are_the_enums_of_the_contract() -> None:
    """Where this fails: python scripts/contract_types.py."""
    script = runpy.run_path(str(ROOT / "scripts" / "contract_types.py"))
    written = (PACKAGE / "dashboard" / "assets" / "enums.js").read_text(encoding="utf-8")
    assert written == script["enums"]()
    lists = dict(re.findall(r"export const ([A-Z]+) = (\[.*\]);", written))
    assert {name: json.loads(text) for name, text in lists.items()} == {
        "SEVERITIES": list(contract.Severity), "TIMEFRAMES": list(contract.Timeframe),
    }  # fmt: skip


def signatures(folder: Path) -> Iterator[tuple[str, str]]:
    """Where a function is, and every annotation of its signature."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                given = node.args
                arguments = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
                kinds = [each.annotation for each in arguments if each is not None] + [node.returns]
                for kind in kinds:
                    if kind is not None:
                        yield f"{path.name}:{node.lineno} {node.name}", ast.unparse(kind)


@pytest.mark.parametrize("room", ["api", "dashboard", "contract"])
def test_no_signature_speaks_of_dictionaries_of_anything(room: str) -> None:
    loose = [
        f"{place}: {kind}"
        for place, kind in signatures(PACKAGE / room)
        if "Json" in kind or "dict[str, Any]" in kind or "Mapping[str, Any]" in kind
    ]
    assert loose == []


def test_the_contract_loads_no_numerics() -> None:
    program = (
        "import sys, spreadscope.contract as c; "
        "print(*(n for n in ('numpy', 'polars', 'pydantic', 'fastapi', 'streamlit') if n in sys.modules),"
        " c.Status.__name__)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == ["Status"]
