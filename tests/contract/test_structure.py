"""What the structure promises: one name a thing, routes that reach into nobody, a composition that only composes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "spreadscope"

# A command, a route, a page and a struct of one resource carry its name: who looks for "alerts" finds each in its
# layer.
LAYERS = {"cli", "commands", "api", "contract", "dashboard/pages"}
# A hedge model and a statistic are named as the estimator they use; every venue has the files that every venue has.
VENUES = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("exchange/*/venue.py")}
ALIKE = [{"pairs/hedge", "stats"}, {"pairs/statistics", "stats"}, VENUES]
# What crosses the border to the browser is named as the thing it describes (`contract.Bar` is a `Bar` on the wire).
CONTRACT = "contract"
SQL = re.compile(
    r"\s*(SELECT .* FROM|INSERT (OR \w+ )?INTO|UPDATE \w+ SET|DELETE FROM|CREATE TABLE|PRAGMA) ?", re.DOTALL
)


def modules() -> Iterator[Path]:
    yield from (path for path in ROOT.rglob("*.py") if path.name not in {"__init__.py", "__main__.py"})


def folder(path: Path) -> str:
    return path.parent.relative_to(ROOT).as_posix()


def meant(places: list[str]) -> bool:
    """Whether these places may have one name."""
    return any(set(places) <= alike for alike in (LAYERS, *ALIKE))


def test_no_module_name_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        places[path.stem].append(folder(path))
    twice = {name: found for name, found in places.items() if len(found) > 1 and not meant(found)}
    assert not twice, f"two modules of one name: rename one, or say here why not: {twice}"


def test_no_class_name_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in modules():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(folder(path))
    inside = {name: [place for place in found if place != CONTRACT] for name, found in places.items()}
    twice = {name: found for name, found in inside.items() if len(found) > 1 and not meant(found)}
    # Every hedge model's module has its `Model`: the registry finds it by that name.
    twice = {name: found for name, found in twice.items() if set(found) != {"pairs/hedge"}}
    assert not twice, f"two classes of one name: {twice}"


# What routes are given: through these they ask, and nothing behind them.
PARTS = {
    "live", "core", "markets", "store", "alerting", "watch_list", "archiver", "service", "advice", "delivery", "engine",
    "reader",
    "file", "disk", "default",
}  # fmt: skip


def test_a_route_reaches_into_nobody() -> None:
    """``live.engine.tapes`` in the API would make every move inside the engine a change of the API."""
    reached: list[str] = []
    for path in sorted((ROOT / "api").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
                root = node.value.value
                own = isinstance(root, ast.Attribute) and root.attr.removeprefix("_") in PARTS
                given = isinstance(root, ast.Name) and root.id.removeprefix("_") in PARTS
                if own or given:
                    reached.append(f"{path.name}:{node.lineno} {ast.unparse(node)}")
    assert not reached, "give the route the part it needs:\n" + "\n".join(reached)


def test_the_composition_only_composes() -> None:
    lines = (ROOT / "app" / "live_engine.py").read_text().splitlines()
    assert len(lines) < 150, (
        f"app/live_engine.py has {len(lines)} lines: what it does beside composing belongs to a component"
    )


def test_nothing_but_the_venues_folder_knows_a_venue() -> None:
    for path in modules():
        if folder(path).startswith("exchange") or path == ROOT / "commands" / "exchange.py":
            continue  # the command runs the local exchange, which is a double of these venues
        text = path.read_text()
        assert "exchange.binance" not in text, f"{path} imports a venue: it speaks to exchange.port"
        assert "/fapi/" not in text, f"{path} knows a route of a venue"
        assert "/api/v3" not in text, f"{path} knows a route of a venue"


def test_no_sql_above_the_store() -> None:
    """Who changes a table finds every statement about it in one folder."""
    found = []
    for path in modules():
        if folder(path).startswith("store"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {"execute", "executemany", "executescript"}:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.attr}")
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value[:60]}")
    assert not found, "\n".join(found)


# What makes facts: live, in a replay and in a backtest alike.
CORE = ("engine", "trading", "alerts", "signals", "pairs", "bars", "tape", "stats", "performance")
BELOW_APP = (*CORE, "replay", "notify", "research", "ingest", "importing", "store", "exchange")
#: They read what a store's data are labelled with: a demo is told, and files of others do not mix with a live market.
LABELS = {"research/scan_sources.py", "store/import_target.py", "store/integrity/report.py", "store/labels.py"}
RUNS = {"live", "replay", "backtest", "playback", "demo", "paper"}


def asked_modes(source: str) -> list[str]:
    """Where a source asks in which mode it runs: by ``Mode``, or by comparing something with the name of a run."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            modes = any(
                isinstance(side, ast.Attribute) and isinstance(side.value, ast.Name) and side.value.id == "Mode"
                for side in sides
            )
            names = any(isinstance(side, ast.Constant) and side.value in RUNS for side in sides)
            if modes or names:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.match_case) and isinstance(node.pattern, ast.MatchValue):
            if ast.unparse(node.pattern).startswith("Mode."):
                found.append(ast.unparse(node.pattern))
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in {"is_live", "is_replay", "is_backtest", "in_backtest", "backtesting", "is_paper"}:
                found.append(name)
    return found


def test_nothing_below_app_asks_in_which_mode_it_runs() -> None:
    """One engine: what traded live, in a replay and in a backtest is decided by the same lines."""
    asking = {
        path.relative_to(ROOT).as_posix(): found
        for room in BELOW_APP
        for path in sorted((ROOT / room).rglob("*.py"))
        if (found := asked_modes(path.read_text()))
    }
    assert not {name: found for name, found in asking.items() if name not in LABELS}
    assert asking.keys() == LABELS, "an exception that is none any more"


def test_the_core_does_not_know_the_modes_at_all() -> None:
    named = [
        path.relative_to(ROOT).as_posix()
        for room in CORE
        for path in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and any(name.name == "Mode" for name in node.names)
    ]
    assert not named


def test_asking_for_the_mode_is_found() -> None:
    assert asked_modes("if source.mode is Mode.REPLAY: pass") == ["source.mode is Mode.REPLAY"]
    assert asked_modes("x = 1 if run == 'backtest' else 2") == ["run == 'backtest'"]
    assert asked_modes("match mode:\n    case Mode.LIVE: pass") == ["Mode.LIVE"]
    assert asked_modes("if self.is_live: pass") == ["is_live"]
    assert asked_modes("if mode is TradingMode.AUTO: pass") == []
