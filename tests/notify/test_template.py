"""Templates: a fixed list of placeholders, and nothing in a value that could be more than text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spreadscope.model.errors import ConfigError
from spreadscope.notify.channel import ChannelSpec, compose, late_note, repeat_body
from spreadscope.notify.secret import Secret
from spreadscope.notify.template import LONGEST_BODY, LONGEST_TITLE, PLACEHOLDERS, parse_template, values_of
from tests.notify.rig import alert


def rendered(text: str, **values: Any) -> str:
    return parse_template(text, "title").render(values_of(alert(**values), ""))


def test_every_placeholder() -> None:
    text = " | ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    assert rendered(text, late=True) == (
        "far apart 0 | AAAUSDT/BBBUSDT | firing | 2.5 | 2 | warning | 2025-11-27 12:00:00 UTC | z is 2.5, above 2."
        " | 1s | "
    )
    assert rendered("{name} {words}", name="", words="") == "z > 2 z > 2"
    assert rendered("{state}", notify="") == "firing"
    assert rendered("{{{value:.3f}}} {threshold:.0f} {{name}}") == "{2.500} 2 {name}"
    assert rendered("{value} {value:.2f} {threshold}", value=None, threshold=None) == "– – –"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{nam}", r"unknown placeholder \{nam\}: did you mean \{name\}\?"),
        ("{secret_key_of_all}", r"unknown placeholder .*: use \{name\}, \{subject\}"),
        ("{}", r"unknown placeholder \{\}"),
        ("{0}", r"unknown placeholder \{0\}"),
        ("{name.__class__}", r"unknown placeholder \{\*\*\*\*\}: use"),
        ("{words[0]}", r"unknown placeholder"),
        ("{name!r}", r"\{name!r\}: conversions are not possible"),
        ("{name:>100000000}", r"a format is \.0f to \.8f"),
        ("{value:.9f}", r"a format is \.0f to \.8f"),
        ("{value:.2e}", r"a format is \.0f to \.8f"),
        ("{value:{threshold}}", r"a format is \.0f to \.8f"),
        ("{name:.2f}", r"of \{value\} and \{threshold\} only"),
        ("{", r"write \{\{ and \}\}"),
        ("a } b", r"write \{\{ and \}\}"),
        ("x" * 201, "at most 200 characters, this one has 201"),
    ],
)
def test_what_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        parse_template(text, "channel 'x', title", LONGEST_TITLE)
    assert str(caught.value).startswith("channel 'x', title: ")
    assert "\n" not in str(caught.value)


@given(st.text(max_size=80))
def test_any_text_is_a_template_or_one_error(text: str) -> None:
    try:
        template = parse_template(text, "body")
    except ConfigError as error:
        assert str(error).isprintable()  # noqa: PT017 - the property is that nothing else comes
        return
    assert isinstance(template.render(values_of(alert(), "")), str)


@given(st.text(max_size=600), st.text(max_size=600))
def test_nothing_in_a_value_begins_a_header_or_a_line(name: str, words: str) -> None:
    title, body = compose(ChannelSpec("c", "webhook", Secret("")), alert(name=name, words=words), "", demo=False)
    assert len(title) <= LONGEST_TITLE
    assert len(title.splitlines()) == 1
    assert not any(character < " " or character in "\x7f\x85\u2028\u202e" for character in title)
    assert len(body) <= LONGEST_BODY
    assert len(body.splitlines()) <= 3


def test_braces_in_a_value_stay_what_they_are() -> None:
    assert rendered("{name}", name="{value} {0.__class__}") == "{value} {0.__class__}"


def test_a_demo_says_so_whatever_the_template_is() -> None:
    spec = ChannelSpec("c", "webhook", Secret(""), title=parse_template("", "title"), body=parse_template("", "body"))
    assert compose(spec, alert(), "", demo=True) == ("DEMO DATA:", "DEMO DATA, not a market.")


def test_late_is_said_with_how_late() -> None:
    hour = 3_600_000
    assert late_note(alert(), hour, 6 * hour) == ""
    assert late_note(alert(), 7 * hour, 6 * hour) == "Late: this was to be sent 7 h ago."
    assert late_note(alert(), hour // 2, hour // 4) == "Late: this was to be sent 30 min ago."
    assert late_note(alert(late=True), 0, 6 * hour) == "Late: this is of a time when the engine was not running."
    spec = ChannelSpec("c", "webhook", Secret(""))
    assert compose(spec, alert(), "Late: x", demo=False)[1].endswith("\nLate: x")
    assert not compose(spec, alert(), "", demo=False)[1].endswith("\n")


def test_a_repeat_is_said_however_long_the_body_is() -> None:
    assert repeat_body("a\nb").startswith("a\nb\nThis may be a repeat")
    assert "This may be a repeat: an earlier attempt was interrupted, and the channel cannot tell." in repeat_body(
        "x" * LONGEST_BODY
    )
