"""The documentation cannot rot: every configuration key and every command stands in it, and nothing else."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import pytest
from typer.models import CommandInfo
from typer.testing import CliRunner

from spreadscope.cli import app
from spreadscope.contract import Runbook
from spreadscope.dashboard.pages import PAGES
from spreadscope.model.config import config_keys
from spreadscope.model.setting_descriptions import setting_descriptions

ROOT = Path(__file__).parents[2]


def documented_keys() -> dict[str, str]:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", text, flags=re.MULTILINE))


def leaf_keys() -> set[str]:
    keys = config_keys()
    return {key for key in keys if not any(other.startswith(f"{key}.") for other in keys)}


def test_every_configuration_key_is_documented_and_exists() -> None:
    assert set(documented_keys()) == leaf_keys()


def test_the_table_of_the_configuration_is_made_of_its_declarations() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    program = runpy.run_path(str(ROOT / "scripts" / "write_settings_table.py"))
    assert text == program["page"](text), "run python scripts/write_settings_table.py"


def test_every_configuration_key_says_what_it_means() -> None:
    assert [key for key, each in setting_descriptions().items() if len(each.help) < 15] == []


def commands() -> list[list[str]]:
    """Every command's words: those of a group have two."""

    def named(command: CommandInfo) -> str:
        return command.name or (command.callback.__name__ if command.callback else "")

    found = [[named(command)] for command in app.registered_commands]
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += [[str(group.name), named(command)] for command in group.typer_instance.registered_commands]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_is_documented_and_has_an_example(words: list[str]) -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    name = " ".join(words)
    assert f"## `spreadscope {name}`" in page, f"docs/commands.md does not describe {name}"
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_the_dashboard_is_described(name: str) -> None:
    page = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
    assert f"## The {name} page\n" in page


def test_every_case_names_a_test_that_exists() -> None:
    lines = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8").splitlines()
    cases = [line for line in lines if line.startswith("| ") and not line.startswith("| what ")]
    named = [re.fullmatch(r"\| .+ \| .+ \| `(tests/[a-z0-9_/]+\.py)::(test_\w+)` \|", line) for line in cases]
    assert len(named) > 60
    assert [line for line, found in zip(cases, named, strict=True) if found is None] == []
    there: dict[str, set[str]] = {}
    for found in filter(None, named):
        file, name = found.groups()
        if file not in there:
            tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
            there[file] = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in there[file], f"{file} has no {name}"


def test_the_table_of_who_may_do_what_is_made_of_the_routes() -> None:
    text = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    program = runpy.run_path(str(ROOT / "scripts" / "write_access_table.py"))
    assert text == program["page"](text), "run python scripts/write_access_table.py"


def test_the_table_of_alarms_is_made_of_the_rules_and_has_all_of_them() -> None:
    text = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8")
    program = runpy.run_path(str(ROOT / "scripts" / "write_alarms_table.py"))
    assert text == program["page"](text), "run python scripts/write_alarms_table.py"
    rules = list(program["alarm_rules"]())
    assert [rule.name for rule in rules] == re.findall(r"alert: (\w+)", program["RULES"].read_text(encoding="utf-8"))
    assert {rule.runbook for rule in rules} == set(Runbook)
