"""What the source may not have: programs made of texts, pages made of texts, telemetry."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from spreadscope.commands.dashboard import PageAccess
from spreadscope.dashboard import sign_in
from spreadscope.dashboard.pages import ticket_figures

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "spreadscope"
BUILT_IN = {"eval", "exec", "compile", "__import__"}
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "yaml"}
ATTRIBUTES = {("os", "system"), ("os", "popen"), ("tempfile", "mktemp"), ("numpy", "load"), ("pd", "read_pickle")}


def violations(text: str) -> Iterator[str]:
    """Yields what in a module makes a program, or an object, of a text that somebody may have written."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (name for name in named if name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in BUILT_IN:
                yield node.func.id
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                called = (node.func.value.id, node.func.attr)
                if called in ATTRIBUTES:
                    yield ".".join(called)
            for keyword in node.keywords:
                dangerous = keyword.arg in {"shell", "allow_pickle", "unsafe_allow_html", "unsafe_allow_javascript"}
                if dangerous and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False):
                    yield f"{keyword.arg}="


def test_no_text_becomes_a_program() -> None:
    found = {
        f"{path.relative_to(SOURCE)}: {what}" for path in SOURCE.rglob("*.py") for what in violations(path.read_text())
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    [
        "eval(x)", "exec(x)", "import pickle", "from yaml import load", "import os\nos.system(x)", "run(x, shell=True)",
        "np.load(x, allow_pickle=True)", "st.markdown(x, unsafe_allow_html=True)", "import yaml.loader",
    ],
)  # fmt: skip
def test_this_check_finds_what_it_is_for(text: str) -> None:
    assert list(violations(text))


def test_scripts_of_the_pages_make_no_elements_of_texts() -> None:
    made = re.compile(r"(innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function|\beval\()")
    found = [
        f"{path.name}: {line.strip()}"
        for path in (SOURCE / "dashboard" / "assets").rglob("*.js")
        if "vendor" not in path.parts
        for line in path.read_text().splitlines()
        if made.search(line)
    ]
    assert found == ["alarm_bell.js: icon.innerHTML = BELL;"]  # a constant: the picture of a bell


def test_the_page_script_writes_html_in_two_places_and_of_nothing_that_others_wrote() -> None:
    found = sorted(
        f"{path.name}: {ast.unparse(node)}"
        for path in (SOURCE / "dashboard").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "html"
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "st"
    )
    assert found == ["main.py: st.html(ASSETS / 'page.css')", "paper_ticket.py: st.html(ticket_figures.html(ticket))"]
    assert "escape(" in Path(ticket_figures.__file__).read_text()
    assert b"<img" not in sign_in.page("", status=200, code="<img src=x>", problem="<img src=x>").body


def test_telemetry_is_off_wherever_the_pages_are_started() -> None:
    for path in (ROOT / ".streamlit" / "config.toml", SOURCE / "dashboard" / ".streamlit" / "config.toml"):
        settings = tomllib.loads(path.read_text())
        assert settings["browser"]["gatherUsageStats"] is False
        assert settings["server"]["showEmailPrompt"] is False
    assert '"--browser.gatherUsageStats=false"' in (SOURCE / "commands" / "dashboard.py").read_text()
    # Else Streamlit asks another server which address this machine has, to judge an Origin that our guard has judged.
    given = PageAccess(public_addresses=("scope.example",)).arguments()
    assert {"--server.enableCORS=false", "--browser.serverAddress=scope.example"} <= set(given)


def test_the_only_addresses_in_the_source_are_of_the_exchange_and_of_documentation() -> None:
    own = re.compile(
        r"(fapi|fstream|api|stream|data-api|data-stream)\.binance\.(com|vision)|127\.0\.0\.1|localhost|\[|\{|example|invalid|host"
    )
    found = {
        match[1]
        for path in SOURCE.rglob("*.py")
        for match in re.finditer(r"[\"'`](?:https?|wss?)://([^\s\"'`/)]+)", path.read_text())
        if not own.search(match[1])
    }
    assert found <= {"json-schema.org"}, found
