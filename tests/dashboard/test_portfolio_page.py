"""The portfolio page in Streamlit's test harness: what is drawn of an account, and what is asked of the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from spreadscope.client import ApiRequestError, Client
from spreadscope.contract import KillEvent, KillSwitch, SpreadMeasure, TradeRefusal, TradingMode
from spreadscope.contract.backtest_words import money
from spreadscope.dashboard.actions import PageAction
from spreadscope.dashboard.pages import paper_ticket
from spreadscope.dashboard.pages.paper_actions import perform
from spreadscope.dashboard.pages.paper_dialogs import Dialog
from spreadscope.dashboard.pages.ticket_sending import Growth, Way
from tests.dashboard.component_data import component_data
from tests.dashboard.fake_alerts import NOW
from tests.dashboard.fake_api import FakeApi
from tests.dashboard.fake_paper import OTHER, PAIR, FakeAccount, busy, settings

SCRIPT = Path(__file__).parent / "portfolio_script.py"


@pytest.fixture
def trading(engine: FakeApi) -> FakeApi:
    engine.follow(PAIR, OTHER)
    busy(engine.paper.first)
    return engine


def opened(dialog: Dialog | None = None, trade: int = 0, **state: object) -> AppTest:
    page = AppTest.from_file(str(SCRIPT), default_timeout=20)
    if dialog is not None:
        page.session_state["paper-dialog"] = (dialog, trade)
    for key, value in state.items():
        page.session_state[key.replace("_", "-")] = value
    return ran(page.run())


def ran(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def given(page: AppTest) -> dict[str, Any]:
    (found,) = component_data(page, "portfolio")
    return found


def links(page: AppTest) -> list[str]:
    return [each.proto.url for each in page.get("link_button")]


def test_the_component_is_told_which_account_it_shows(trading: FakeApi) -> None:
    assert given(opened()) == {"key": "portfolio", "socket": "/live", "account": "paper", "done": []}


def test_another_account_is_chosen_and_stays(trading: FakeApi) -> None:
    trading.paper._put("second", {})
    page = opened()
    ran(page.selectbox(key="paper-account").set_value("second").run())
    assert given(page)["account"] == "second"


def test_without_an_engine_it_says_so(engine: FakeApi) -> None:
    engine.broken = True
    assert opened().subheader[0].value == "Waiting for the engine"


def test_without_an_account_it_says_what_to_do(engine: FakeApi) -> None:
    engine.paper.accounts.clear()
    page = opened()
    assert "There is no paper account yet. Open one" in page.info[0].value
    assert not page.button(key="portfolio-new-account").disabled
    assert page.button(key="portfolio-ticket").disabled


@pytest.mark.parametrize(
    ("part", "column", "first", "export"),
    [
        ("Closed trades", "why", "z −0.48 inside 0.5", "pair-trades"),
        ("Decisions", "outcome", "pending", "decisions"),
        ("Fills", "slippage, bps", 0.83, "fills"),
        ("Ledger", "kind", "fee", "money"),
    ],
)
def test_each_part_has_its_table_and_its_download(
    trading: FakeApi, part: str, column: str, first: object, export: str
) -> None:
    page = opened(portfolio_part=part)
    assert page.dataframe[0].value[column].iloc[0] == first
    assert links(page) == [f"/download/{export}?account=paper&format=csv"]


def test_the_statement_is_of_the_days_that_are_chosen_and_comes_as_pdf(trading: FakeApi) -> None:
    trading.paper.first.now = NOW
    page = opened(portfolio_part="Statement")
    wallet, equity, pairs, trades = (table.value for table in page.dataframe)
    account = trading.paper.first
    assert wallet.iloc[-1, 0] == "wallet at the end"
    assert wallet.iloc[-1, 1] == money(account.statement(0, 1).wallet_end)
    assert list(equity["at the"]) == ["start", "end"]
    assert list(pairs["pair"]) == ["the account itself", PAIR, "all"]
    assert len(trades) == len(account.closed) > 0
    assert any("to the last digit" in caption.value for caption in page.caption)
    (address,) = links(page)
    first = parse_qs(urlsplit(address).query)
    assert urlsplit(address).path == "/download/statement"
    assert (first["account"], int(first["to"][0]) % 86_400_000) == (["paper"], 0)
    assert int(first["from"][0]) <= account.account().time < int(first["to"][0])
    days = page.date_input[0]
    assert isinstance(days.value, tuple)
    day = list(days.value)[-1]
    ran(days.set_value((day, day)).run())
    one = parse_qs(urlsplit(links(page)[0]).query)
    assert int(one["to"][0]) - int(one["from"][0]) == 86_400_000
    ran(days.set_value((day,)).run())
    assert page.caption[-1].value == "Choose the first and the last day."


def test_a_statement_that_does_not_add_up_says_so(trading: FakeApi) -> None:
    trading.paper.first.problems = ("its book fees has 1 USDT, and its ledger says 2",)
    page = opened(portfolio_part="Statement")
    said = page.error[0].value.replace("\\", "")
    assert said.startswith("The account does not add up: its book fees has 1 USDT")


def test_parts_without_anything_say_so_in_words(engine: FakeApi) -> None:
    for part, words in (
        ("Equity", "The curve begins with the second full minute"),
        ("By pair", "No pair has been traded yet."),
        ("Closed trades", "No trade was closed yet."),
        ("Fills", "Nothing was filled yet."),
    ):
        page = opened(portfolio_part=part)
        assert not page.dataframe
        assert any(words in caption.value for caption in page.caption), part


def test_limits_stand_beside_the_history_of_the_kill_switch(trading: FakeApi) -> None:
    trading.paper.first.kills = [KillEvent(time=NOW, active=True, by="daily loss", reason="5.1% lost, allowed is 5%")]
    limits, kills = (table.value for table in opened(portfolio_part="Limits").dataframe)
    assert list(limits.iloc[0]) == ["leverage", "0.42× equity", "3.00× equity", "14%", "within"]
    assert list(kills.iloc[0])[1:] == ["pulled", "daily loss", "5.1% lost, allowed is 5%"]


def test_decisions_are_filtered_by_outcome_and_rule(trading: FakeApi) -> None:
    page = opened(portfolio_part="Decisions")
    ran(page.selectbox(key="decisions-outcome").set_value("refused").run())
    table = page.dataframe[0].value
    assert list(table["rule"]) == ["leverage"]
    assert (table["value"].iloc[0], table["allowed"].iloc[0]) == ("3.21", "3")


def test_results_are_added_up_by_pair_with_those_that_are_open(trading: FakeApi) -> None:
    table = opened(portfolio_part="By pair").dataframe[0].value
    assert sorted(table["trades"]) == [3, 7]
    assert sorted(table["open"]) == [1, 1]
    account = trading.paper.first
    assert sum(table["result"]) == pytest.approx(sum(each.result for each in (*account.closed, *account.trades)))


def test_a_mode_is_set_by_one_click_in_the_dialog(trading: FakeApi) -> None:
    page = opened(Dialog.MODES)
    mode = page.segmented_control(key=f"dialog-mode-{PAIR}-1m")
    assert mode.value == TradingMode.AUTO
    ran(mode.set_value(TradingMode.OFF).run())
    assert trading.paper.bodies == [("mode", {"pair": PAIR, "timeframe": "1m", "mode": "off"})]
    assert page.segmented_control(key=f"dialog-mode-{PAIR}-1m").value == TradingMode.OFF


def test_a_new_account_is_opened_with_the_settings_that_differ_and_shown(trading: FakeApi) -> None:
    page = opened(Dialog.NEW_ACCOUNT)
    assert page.button(key="dialog-open-account").disabled
    page.text_input(key="dialog-account-name").input("second")
    page.number_input(key="dialog-setting-cash").set_value(50_000.0)
    ran(page.run())
    ran(page.button(key="dialog-open-account").click().run())
    assert trading.paper.bodies == [("", {"settings": {"cash": 50_000.0}})]
    assert given(page)["account"] == "second"
    assert "paper-dialog" not in page.session_state


def test_a_copy_of_an_account_begins_with_its_settings_and_modes(trading: FakeApi) -> None:
    account = trading.paper.first
    account.settings = settings(cash=25_000.0, taker_fee_bps=2.0)
    page = opened(Dialog.NEW_ACCOUNT)
    ran(page.selectbox(key="dialog-account-copy-of").set_value(account.name).run())
    assert page.number_input(key=f"dialog-setting-{account.name}-cash").value == 25_000.0
    page.text_input(key="dialog-account-name").input("what if")
    page.number_input(key=f"dialog-setting-{account.name}-taker_fee_bps").set_value(0.5)
    ran(page.run())
    ran(page.button(key="dialog-open-account").click().run())
    assert trading.paper.bodies[0] == ("", {"settings": {"cash": 25_000.0, "taker_fee_bps": 0.5}})
    modes = [(each.pair, each.timeframe, each.mode) for each in account.modes]
    assert modes
    assert trading.paper.bodies[1:] == [
        ("mode", {"pair": pair, "timeframe": timeframe, "mode": mode}) for pair, timeframe, mode in modes
    ]


def test_accounts_stand_side_by_side_with_what_differs(trading: FakeApi) -> None:
    assert "Accounts" not in opened().segmented_control(key="portfolio-part").options
    trading.paper.accounts["cheap"] = FakeAccount("cheap", settings(cash=50_000.0, taker_fee_bps=0.5))
    page = opened(portfolio_part="Accounts")
    table = page.dataframe[0].value
    assert list(table["account"]) == ["paper", "cheap"]
    assert list(table["settings that differ"]) == ["", "Cash, USDT: 50,000; Taker fee, bps: 0.5"]
    account = trading.paper.first.account()
    assert table["result"].iloc[0] == pytest.approx(account.equity - account.settings.cash)
    assert table["trades"].iloc[0] == 10
    assert table["gross"].iloc[0] + table["costs"].iloc[0] == pytest.approx(
        sum(each.result for each in (*trading.paper.first.closed, *trading.paper.first.trades))
    )


def test_a_refused_account_keeps_the_dialog_and_says_why(trading: FakeApi) -> None:
    page = opened(Dialog.NEW_ACCOUNT)
    page.text_input(key="dialog-account-name").input("taken")
    ran(page.run())
    ran(page.button(key="dialog-open-account").click().run())
    assert "There are 20 paper accounts already" in page.error[0].value
    assert page.text_input(key="dialog-account-name").value == "taken"


def test_the_details_of_a_trade_have_its_parts_and_keep_a_comment(trading: FakeApi) -> None:
    page = opened(Dialog.TRADE, 12)
    assert page.metric[0].value == "+5.07"
    page.text_area(key="dialog-comment").input("too early")
    page.text_input(key="dialog-tags").input("news, late,, news")
    ran(page.run())
    ran(page.button(key="dialog-save-comment").click().run())
    assert trading.paper.bodies == [("trades/12/comment", {"comment": "too early", "tags": ["news", "late"]})]


# --- the ticket ---------------------------------------------------------------------------------------------------


def test_a_ticket_begins_on_the_side_of_the_mean_with_the_levels_of_the_pair(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    place = f"{PAIR}-1m"
    assert page.segmented_control(key=f"dialog-side-{place}").value == 1
    assert page.number_input(key=f"dialog-profit-{place}").value == 0.5
    assert page.number_input(key=f"dialog-stop-{place}").value == 4.0
    trading.paper.z = 2.4
    assert opened(Dialog.TICKET).segmented_control(key=f"dialog-side-{place}").value == -1


def test_a_ticket_is_sent_by_a_second_click_in_another_place(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.button(key="ticket-arm").click().run())
    assert trading.paper.bodies == []
    assert "ticket-arm" not in [button.key for button in page.button]
    assert any("Buys 0.034 BTCUSDT, sells 0.549 ETHUSDT" in each.value.replace("\\", "") for each in page.markdown)
    ran(page.button(key="ticket-send-now").click().run())
    ((path, body),) = trading.paper.bodies
    assert (path, body["side"], body["take_profit"], body["stop"]) == ("trades", 1, 0.5, 4.0)
    assert "paper-dialog" not in page.session_state
    assert [notice.value.replace("\\", "") for notice in page.success] == ["BTCUSDT/ETHUSDT at 1m: sent, as trade 77."]


def test_a_ticket_can_wait_for_a_level_of_z(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.segmented_control(key=f"dialog-way-{PAIR}-1m").set_value(Way.LEVEL).run())
    assert [each.value for each in page.info] == ["Give the level of z at which it is sent."]
    ran(page.number_input(key=f"dialog-limit-{PAIR}-1m").set_value(-2.5).run())
    ran(page.number_input(key="dialog-good").set_value(120).run())
    ran(page.button(key="ticket-arm").click().run())
    ran(page.button(key="ticket-send-now").click().run())
    ((_, body),) = trading.paper.bodies
    assert (body["limit_z"], body["good_minutes"]) == (-2.5, 120)
    assert [notice.value.replace("\\", "") for notice in page.success] == [
        "BTCUSDT/ETHUSDT at 1m: it waits until z −2.50 can be had."
    ]
    assert "paper-dialog" not in page.session_state


def test_a_ticket_can_be_a_ladder(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.segmented_control(key=f"dialog-way-{PAIR}-1m").set_value(Way.LADDER).run())
    of = f"{PAIR}-1m-1"
    assert page.number_input(key=f"dialog-first-{of}-z").value == -2.0
    ran(page.number_input(key=f"dialog-last-{of}-z").set_value(-3.5).run())
    ran(page.number_input(key="dialog-rungs").set_value(4).run())
    ran(page.selectbox(key="dialog-shares").set_value(Growth.GROWING).run())
    ran(page.button(key="ticket-arm").click().run())
    assert any("as a ladder of 4 rungs from z −2 to −3.5" in each.value.replace("\\", "") for each in page.markdown)
    ran(page.button(key="ticket-send-now").click().run())
    ((_, body),) = trading.paper.bodies
    assert body["ladder"] == {
        "measure": "z", "first": -2.0, "last": -3.5, "rungs": 4, "shares": [1.0, 2.0, 3.0, 4.0],
    }  # fmt: skip
    assert [notice.value.replace("\\", "") for notice in page.success] == [
        "BTCUSDT/ETHUSDT at 1m: it begins as a ladder of 4 slices."
    ]


def test_a_ladder_of_the_ratio_needs_both_levels(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.segmented_control(key=f"dialog-way-{PAIR}-1m").set_value(Way.LADDER).run())
    ran(page.segmented_control(key=f"dialog-ladder-measure-{PAIR}-1m").set_value(SpreadMeasure.RATIO).run())
    assert [each.value for each in page.info] == ["Give the levels of the first and the last rung."]
    assert trading.paper.bodies == []


def test_a_ticket_can_be_a_twap(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.segmented_control(key=f"dialog-way-{PAIR}-1m").set_value(Way.TWAP).run())
    ran(page.number_input(key="dialog-slices").set_value(6).run())
    ran(page.number_input(key=f"dialog-twap-limit-{PAIR}-1m").set_value(-1.5).run())
    ran(page.button(key="ticket-arm").click().run())
    ran(page.button(key="ticket-send-now").click().run())
    ((_, body),) = trading.paper.bodies
    assert body["twap"] == {"slices": 6, "minutes": 30, "measure": "z", "limit": -1.5}
    assert (body["ladder"], body["limit_z"], body["good_minutes"]) == (None, None, 0)


def test_going_back_takes_the_first_click_back(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.button(key="ticket-arm").click().run())
    ran(page.button(key="ticket-back").click().run())
    assert not page.button(key="ticket-arm").disabled
    assert trading.paper.bodies == []


def test_what_is_sent_is_what_stands_beside_the_second_button(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.button(key="ticket-arm").click().run())
    ran(page.number_input(key="dialog-notional").set_value(2_000.0).run())
    assert any("Buys 0.069 BTCUSDT, sells 1.098 ETHUSDT" in each.value.replace("\\", "") for each in page.markdown)
    ran(page.button(key="ticket-send-now").click().run())
    ((_, body),) = trading.paper.bodies
    assert body["notional"] == 2_000.0


def test_the_second_click_has_to_come_in_time(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.button(key="ticket-arm").click().run())
    assert "ticket-send-now" in [button.key for button in page.button]
    page.session_state[paper_ticket.STATE].armed_until = 0.0  # long ago
    ran(page.run())
    assert "ticket-send-now" not in [button.key for button in page.button]


def test_a_refusal_stands_in_place_of_the_button(trading: FakeApi) -> None:
    trading.paper.refusal = TradeRefusal(
        rule="leverage", value="3.21", allowed="3", words="leverage would be 3.21, allowed is 3"
    )
    page = opened(Dialog.TICKET)
    assert "ticket-arm" not in [button.key for button in page.button]
    text = page.error[0].value.replace("\\", "")
    assert "Not allowed now: leverage." in text
    assert "It is 3.21; allowed is 3." in text


def test_what_the_engine_refuses_after_all_is_told_in_the_ticket(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    ran(page.number_input(key="dialog-notional").set_value(666.0).run())
    ran(page.button(key="ticket-arm").click().run())
    ran(page.button(key="ticket-send-now").click().run())
    assert "leverage would be 3.4" in page.error[0].value.replace("\\", "")
    assert page.session_state["paper-dialog"] == (Dialog.TICKET, 0)


def test_a_ticket_against_the_mean_is_warned_of(trading: FakeApi) -> None:
    page = opened(Dialog.TICKET)
    assert not page.warning
    ran(page.segmented_control(key=f"dialog-side-{PAIR}-1m").set_value(-1).run())
    assert "gains when z goes further away" in page.warning[0].value


# --- what is done in the component --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "work", "sent"),
    [
        ("close", {"trade": 12, "percent": 50}, ("trades/12/close", {"percent": 50, "reason": "closed by hand"})),
        ("answer", {"decision": 41, "accept": False}, ("decisions/41", {"accept": False})),
        ("kill", {"reason": "news"}, ("kill", {"reason": "news"})),
        ("flatten", {"reason": "lunch"}, ("trades/close", {"reason": "lunch"})),
    ],
)
def test_what_is_done_in_the_component_is_asked_of_the_engine(
    trading: FakeApi, op: str, work: dict[str, Any], sent: tuple[str, dict[str, Any]]
) -> None:
    with Client(trading.api) as client:
        assert perform(client, PageAction(id="1", op=op, body={"account": "paper", **work})) == "", (
            "the account shows the result"
        )
    assert trading.paper.bodies == [sent]


def test_a_signal_that_was_accepted_and_is_refused_is_told_with_the_reason(trading: FakeApi) -> None:
    trading.paper.answer_with = "leverage would be 3.4, allowed is 3"
    with Client(trading.api) as client:
        work = {"account": "paper", "decision": 41, "accept": True}
        said = perform(client, PageAction(id="1", op="answer", body=work))
    assert said == "SOLUSDT/ETHUSDT at 1m: refused, leverage would be 3.4, allowed is 3."


def test_the_kill_switch_is_reset_with_a_reason(trading: FakeApi) -> None:
    trading.paper.first.kill = KillSwitch(time=NOW, by="a person", reason="news")
    with Client(trading.api) as client:
        perform(client, PageAction(id="1", op="reset", body={"account": "paper", "reason": "it is over"}))
    assert trading.paper.first.kill is None


def test_what_no_account_can_do_is_refused(trading: FakeApi) -> None:
    with Client(trading.api) as client, pytest.raises(ApiRequestError, match="nothing called 'sell'"):
        perform(client, PageAction(id="1", op="sell", body={"account": "paper"}))
