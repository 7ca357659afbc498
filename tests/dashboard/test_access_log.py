"""The log of changes on the settings page: newest first, filtered, downloaded, and for the scope ``admin`` alone."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from spreadscope.dashboard.downloads import FORWARDED_QUERY, KINDS
from spreadscope.dashboard.pages import access_log
from spreadscope.guard.identity import OWNER, AccessScope, Identity, IdentityKind
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.opened_settings import opened, words

ADA = Identity(kind=IdentityKind.SESSION, name="Ada Ähre", scopes=frozenset({AccessScope.TRADE}), peer="192.0.2.7")


def filled(engine: FakeApi) -> None:
    service = engine.access.service
    service.note(OWNER, "127.0.0.1", "PUT /api/settings", 200)
    service.note(ADA, ADA.peer, "POST /api/paper/accounts/paper/kill", 202)
    service.note(None, "192.0.2.9", "sign in", 403)
    service.note(ADA, ADA.peer, "PUT /api/settings", 403)


def table(page: AppTest) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = page.dataframe[0].value.to_dict("records")
    return rows


def links(page: AppTest) -> list[str]:
    return [each.proto.url for each in page.get("link_button")]


def test_the_newest_change_stands_first_with_who_and_from_where(engine: FakeApi) -> None:
    filled(engine)
    page = opened()
    rows = table(page)
    assert [(row["who"], row["from"], row["what"], row["answer"]) for row in rows] == [
        ("Ada Ähre", "192.0.2.7", "PUT /api/settings", "403"),
        ("nobody", "192.0.2.9", "sign in", "403"),
        ("Ada Ähre", "192.0.2.7", "POST /api/paper/accounts/paper/kill", "202"),
        ("owner on this machine", "127.0.0.1", "PUT /api/settings", "200"),
    ]
    assert all(len(row["time (UTC)"]) == len("2024-01-01 00:00:00") for row in rows)
    assert links(page) == ["/download/changes?"]
    assert "4 rows, newest first." in words(page.caption)


def test_it_is_filtered_by_person_and_by_action_and_so_is_the_download(engine: FakeApi) -> None:
    filled(engine)
    page = opened()
    page.text_input(key=access_log.WHO).set_value("ada äh").run()
    assert {row["who"] for row in table(page)} == {"Ada Ähre"}
    page.text_input(key=access_log.WHAT).set_value(" /API/settings ").run()
    assert [(row["what"], row["answer"]) for row in table(page)] == [("PUT /api/settings", "403")]
    assert links(page) == ["/download/changes?who=ada+%C3%A4h&what=%2FAPI%2Fsettings"]
    page.text_input(key=access_log.WHO).set_value("nobody").run()
    assert not page.dataframe
    assert "Nothing was changed that fits what is written above." in words(page.caption)
    assert KINDS["changes"] == "/api/access/log/export"
    assert {"who", "what"} <= set(FORWARDED_QUERY)


def test_an_empty_log_says_so(engine: FakeApi) -> None:
    del engine
    page = opened()
    assert "Nothing was changed yet." in words(page.caption)
    assert not page.dataframe
    assert not links(page)


def test_only_so_many_lines_are_shown_and_that_is_said(engine: FakeApi) -> None:
    for number in range(access_log.ROWS + 1):
        engine.access.service.note(OWNER, "127.0.0.1", f"DELETE /api/symbols/S{number}", 204)
    page = opened()
    assert len(table(page)) == access_log.ROWS
    assert table(page)[0]["what"] == f"DELETE /api/symbols/S{access_log.ROWS}"
    assert f"The newest {access_log.ROWS}; the download holds all." in words(page.caption)


def test_who_is_no_administrator_sees_the_settings_and_no_log(engine: FakeApi) -> None:
    filled(engine)
    engine.access.asks = ADA
    page = opened()
    assert page.button(key="settings-save").label == "Save"
    assert "Log of changes" not in words(page.subheader)
    assert not page.dataframe
    assert "GET /api/access/log" not in engine.calls


def test_a_log_that_cannot_be_read_says_why_and_leaves_the_settings(engine: FakeApi) -> None:
    engine.access.broken = "cannot use access.db: the disk is full"
    page = opened()
    assert "annot use access.db: the disk is full." in words(page.caption)
    assert page.button(key="settings-save").label == "Save"


def test_what_others_have_written_is_shown_as_it_is(engine: FakeApi) -> None:
    engine.access.service.note(None, "<img src=x>", "sign in", 403)
    assert table(opened())[0]["from"] == "<img src=x>"
