"""Any bytes are a file of channels and rules, or a ConfigError of one line."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from spreadscope.model.errors import ConfigError
from spreadscope.notify.file import AlertsFile, parse_alerts

ADDRESS = "https://hook.example.com/a-secret-path"

WORDS = (
    *(
        "name",
        "kind",
        "url_env",
        "url_file",
        "secret_env",
        "lan",
        "enabled",
        "min_severity",
        "per_minute",
        "title",
        "body",
    ),
    *(
        "when",
        "subject",
        "timeframe",
        "severity",
        "recover",
        "keep_seconds",
        "cap_per_hour",
        "once",
        "channels",
        "x",
        "url",
    ),
)
VALUES = (
    *(
        '"a"',
        '""',
        '"webhook"',
        '"email"',
        '"HOOK"',
        '"{name}"',
        '"{"',
        "1",
        "-1",
        "0.5",
        "nan",
        "inf",
        "true",
        "[]",
        "{}",
    ),
    *(
        '["a"]',
        "1979-05-27",
        "07:32:00",
        '"z > 2"',
        '"BTCUSDT"',
        '"1m"',
        "1e400",
        '"\\u0000"',
        '"/"',
        "[[1]]",
        "{a.b = 1}",
    ),
)
names, scalars = st.sampled_from(WORDS), st.sampled_from(VALUES)
tables = st.sampled_from(["[[channel]]", "[[rule]]", "[channel]", "[rule]", "[[channel.x]]", "[x]", "[[rule.name]]"])
lines = st.one_of(tables, st.builds("{} = {}".format, names, scalars))


def read(text: bytes) -> None:
    try:
        file = parse_alerts(text, folder=Path("/nowhere"), environment={"HOOK": ADDRESS})
    except ConfigError as error:
        assert str(error).isprintable()  # noqa: PT017 - the property is that nothing else comes
        assert "a-secret-path" not in str(error)  # noqa: PT017
        return
    assert isinstance(file, AlertsFile)
    assert "a-secret-path" not in repr(file)


@given(st.lists(lines, max_size=25))
@settings(max_examples=400)
def test_any_lines(given_lines: list[str]) -> None:
    read("\n".join(given_lines).encode())


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=300)
def test_any_bytes(text: bytes) -> None:
    read(text)


@given(st.dictionaries(names, st.sampled_from(["1", '"HOOK"', '"a"', "[]", "true"]), max_size=12))
@settings(max_examples=200)
def test_any_keys(keys: dict[str, str]) -> None:
    body = "\n".join(f"{name} = {value}" for name, value in keys.items())
    read(f"[[channel]]\n{body}\n[[rule]]\n{body}".encode())
