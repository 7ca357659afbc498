"""The settings page: shown with where each value is from, saved into the file, refused in the engine's words."""

from __future__ import annotations

from spreadscope.model.config import load_config
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.opened_settings import opened, words


def test_a_change_is_written_and_waits_for_the_next_start(engine: FakeApi) -> None:
    page = opened()
    assert page.button(key="settings-save").disabled
    assert "signals.entry: the default" in words(page.caption)
    page.number_input(key="setting-signals.entry").set_value(2.5).run()
    page.text_input(key="setting-pairs").set_value("BTCUSDT/ETHUSDT, SOLUSDT/ETHUSDT").run()
    assert page.button(key="settings-save").label == "Save 2 changes"
    page.button(key="settings-save").click().run()
    assert not page.exception
    assert "Saved: pairs, signals.entry." in words(page.success)
    config = load_config(engine.settings.path)
    assert (config.signals.entry, config.pairs) == (2.5, ("BTCUSDT/ETHUSDT", "SOLUSDT/ETHUSDT"))
    assert "The file says otherwise than what runs: pairs, signals.entry." in words(page.info)
    assert page.number_input(key="setting-signals.entry").value == 2.5


def test_what_is_wrong_is_said_in_the_engines_words_and_stays_to_be_mended(engine: FakeApi) -> None:
    page = opened()
    page.number_input(key="setting-signals.entry").set_value(9.0).run()
    page.button(key="settings-save").click().run()
    assert "signals need exit < entry < stop" in words(page.error)
    assert page.number_input(key="setting-signals.entry").value == 9.0
    page.button(key="settings-back").click().run()
    assert page.number_input(key="setting-signals.entry").value == 2.0
    assert not engine.settings.path.exists()


def test_a_search_finds_by_name_and_by_words(engine: FakeApi) -> None:
    del engine
    page = opened()
    page.text_input(key="settings-search").set_value("z window").run()
    assert [each.key for each in page.text_input if str(each.key).startswith("setting-")] == [
        "setting-analytics.z_window"
    ]
    page.text_input(key="settings-search").set_value("nothing like it").run()
    assert "No setting has nothing and like and it" in words(page.info)


def test_a_broken_file_and_a_lost_engine_are_said(engine: FakeApi) -> None:
    engine.settings.path.write_text("[", encoding="utf-8")
    page = opened()
    assert "he file is not valid TOML" in words(page.error)
    engine.broken = True
    assert "try again in a minute" in words(opened().error) + words(opened().warning) + words(opened().info)


def test_every_section_has_a_title_in_words(engine: FakeApi) -> None:
    del engine
    titles = [each.label for each in opened().expander]
    assert "Sign-in through a provider" in titles
    assert [title for title in titles if "." in title or "_" in title] == []
