"""The files of ``deploy/`` hold together: rules, board, metrics, and the pages that say what to do."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from spreadscope.contract import Runbook
from tests.deploy.alarm_cases import CASES
from tests.deploy.prometheus_process import BOARD, DEPLOY, RULES, expressions, needs_prometheus, queries, run

DASHBOARD = "http://127.0.0.1:8501"
PAGE = f"""'{{{{ or $labels.dashboard "{DASHBOARD}" }}}}/runbook/"""


def rules() -> list[str]:
    return RULES.read_text(encoding="utf-8").split("- alert: ")[1:]


def test_every_rule_has_a_severity_a_summary_and_a_page_and_every_page_a_rule() -> None:
    pages = set()
    for rule in rules():
        assert re.search(r"severity: (critical|warning)\n", rule), rule
        assert re.search(r'summary: ".{15,}\."\n', rule), rule
        found = re.search(rf"runbook_url: {re.escape(PAGE)}([a-z-]+)'\n", rule)
        assert found is not None, rule
        pages.add(found[1])
    assert pages == set(Runbook)


@needs_prometheus
def test_prometheus_takes_the_files(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "alerts.yml"):
        shutil.copy(DEPLOY / "prometheus" / name, tmp_path / name)
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "prometheus.key").write_text("a key\n")
    assert "SUCCESS" in run("promtool", "check", "config", tmp_path / "prometheus.yml")
    assert f"{len(expressions())} rules found" in run("promtool", "check", "rules", "--lint=all", RULES)


@needs_prometheus
def test_each_alarm_fires_in_trouble_and_not_when_all_is_well(tmp_path: Path) -> None:
    """``promtool test rules`` with the real waiting times; JSON is YAML too."""
    assert {f"Spreadscope{name}" for name in CASES} == set(expressions())
    tests: list[dict[str, Any]] = []
    for name, case in CASES.items():
        for series, fires in ((case.fires, True), (case.well, False)):
            expression = expressions()[f"Spreadscope{name}"]
            # How many series of it fire; what a label says is checked where a real engine is scraped.
            count = f'count(ALERTS{{alertname="Spreadscope{name}",alertstate="firing"}}) or vector(0)'
            samples = [{"labels": "{}", "value": 1 if fires else 0}]
            tests.append(
                {
                    "interval": "15s",
                    "name": f"{name} {expression}",
                    "input_series": [{"series": key, "values": value} for key, value in series.items()],
                    "promql_expr_test": [{"expr": count, "eval_time": case.after, "exp_samples": samples}],
                }
            )
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": tests}))
    assert "SUCCESS" in run("promtool", "test", "rules", file)


@needs_prometheus
@pytest.mark.parametrize("dashboard", [None, "https://scope.example.org/spreads"])
def test_the_page_of_an_alarm_is_where_the_dashboard_is(tmp_path: Path, dashboard: str | None) -> None:
    """The label ``dashboard`` of a target says where; without it the default. The rules are read as Prometheus does."""
    labels = {"instance": "e", "job": "spreadscope"} | ({"dashboard": dashboard} if dashboard else {})
    series = "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"
    fired = {
        "exp_labels": labels | {"severity": "critical"},
        "exp_annotations": {
            "summary": "The engine at e does not answer.",
            "runbook_url": f"{dashboard or DASHBOARD}/runbook/engine-down",
        },
    }
    test = {
        "interval": "15s",
        "input_series": [{"series": f"up{series}", "values": "0x20"}],
        "alert_rule_test": [{"eval_time": "5m", "alertname": "SpreadscopeEngineDown", "exp_alerts": [fired]}],
    }
    file = tmp_path / "tests.yml"
    file.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "15s", "tests": [test]}))
    assert "SUCCESS" in run("promtool", "test", "rules", file)


@needs_prometheus
def test_prometheus_takes_the_label_that_the_file_shows(tmp_path: Path) -> None:
    given = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
    changed = given.replace("# labels: {dashboard:", "labels: {dashboard:")
    assert changed != given
    (tmp_path / "prometheus.yml").write_text(changed)
    shutil.copy(RULES, tmp_path / "alerts.yml")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "prometheus.key").write_text("a key\n")
    assert "SUCCESS" in run("promtool", "check", "config", tmp_path / "prometheus.yml")


def test_the_board_is_of_the_shape_that_grafana_publishes() -> None:
    """Read into Grafana's own classes and written again it is the same: nothing in it is unknown to them."""
    document = json.loads(BOARD.read_text(encoding="utf-8"))
    written = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(document)))
    assert lost(document, written) == []


def lost(given: Any, written: Any, place: str = "$") -> list[str]:
    """What of a document is not in another one."""
    if isinstance(given, dict):
        if not isinstance(written, dict):
            return [place]
        return [
            found
            for key, value in given.items()
            for found in (lost(value, written[key], f"{place}.{key}") if key in written else [f"{place}.{key}"])
        ]
    if isinstance(given, list):
        if not isinstance(written, list) or len(given) != len(written):
            return [place]
        pairs = enumerate(zip(given, written, strict=True))
        return [found for number, (a, b) in pairs for found in lost(a, b, f"{place}[{number}]")]
    return [] if given == written else [place]


def test_the_panels_of_the_board_have_places_and_words_of_their_own() -> None:
    panels = json.loads(BOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert place["x"] + place["w"] <= 24
        if panel["type"] != "row":
            assert panel["description"].endswith("."), panel["title"]
            assert panel["targets"], panel["title"]


@pytest.mark.parametrize("query", [*queries(), *expressions().values()])
def test_a_query_is_of_engines_alone(query: str) -> None:
    assert "spreadscope" in query
