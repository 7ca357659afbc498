"""What the broker said is in the store, comes back as it was, page by page, and the doctor holds it to the ledger."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from spreadscope.model.errors import ConfigError
from spreadscope.model.instrument import Pair
from spreadscope.model.states import ExportFormat, ExportKind
from spreadscope.model.timeframe import MINUTE
from spreadscope.model.trading import (
    UNIT,
    AccountState,
    Decision,
    EquityPoint,
    Fill,
    LedgerEntry,
    OrderChanged,
    PairTrade,
)
from spreadscope.model.trading_states import TradeState
from spreadscope.store import export
from spreadscope.store.directory import DATABASE
from spreadscope.store.export import COLUMNS, ExportRequest
from spreadscope.store.maintenance.diagnosis import examine
from spreadscope.store.maintenance.pruning import prune
from spreadscope.store.reader import StoreReader
from spreadscope.store.trading_reader import HistoryFilter, TradeComment, TradingReader
from tests.store.editing import edit
from tests.support.facts import store
from tests.support.paper_market import ACCOUNT, PAIR, PaperMarket, of_kind
from tests.support.traded_market import stored, traded_market

ALL = HistoryFilter()
OF_ACCOUNT = [kind for kind in ExportKind if kind.of_account]


@pytest.fixture(scope="module")
def market() -> PaperMarket:
    return traded_market()


@pytest.fixture(scope="module")
def data(market: PaperMarket, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(market, tmp_path_factory.mktemp("paper"))


@pytest.fixture
def reader(data: Path) -> TradingReader:
    return StoreReader(data / DATABASE).trading


def test_an_account_comes_back_as_it_was_last(market: PaperMarket, reader: TradingReader) -> None:
    states, problems = reader.accounts()
    assert problems == []
    assert states == [of_kind(market.facts, AccountState)[-1]]
    assert len(states[0].trades) == 1


def test_facts_come_back_as_they_were(market: PaperMarket, reader: TradingReader) -> None:
    fills = of_kind(market.facts, Fill)
    assert [each.fill for each in reader.fills(ACCOUNT, ALL)] == fills[::-1]
    assert {each.pair for each in reader.fills(ACCOUNT, ALL)} == {str(PAIR)}
    assert reader.money(ACCOUNT, ALL) == of_kind(market.facts, LedgerEntry)[::-1]
    newest = market.trades()
    assert reader.trades(ACCOUNT, ALL) == [newest[number] for number in sorted(newest, reverse=True)]
    orders = {fact.order.id: fact.order for fact in of_kind(market.facts, OrderChanged)}
    assert reader.orders(ACCOUNT, ALL) == [orders[number] for number in sorted(orders, reverse=True)]
    decisions = {fact.id: fact for fact in of_kind(market.facts, Decision)}
    assert reader.decisions(ACCOUNT, ALL) == [decisions[number] for number in sorted(decisions, reverse=True)]
    assert reader.equity(ACCOUNT) == of_kind(market.facts, EquityPoint)
    assert [(each.active, each.reason) for each in reader.kills(ACCOUNT)] == [(False, "over"), (True, "a pause")]
    assert reader.fills("another", ALL) == []


def test_pages_follow_one_another(reader: TradingReader) -> None:
    whole = reader.money(ACCOUNT, ALL)
    found: list[LedgerEntry] = []
    before = ALL.before
    while page := reader.money(ACCOUNT, HistoryFilter(before=before, limit=4)):
        assert len(page) <= 4
        found += page
        before = page[-1].id
    assert found == whole


def test_filters(reader: TradingReader) -> None:
    closed = reader.trades(ACCOUNT, ALL, closed=True)
    assert {trade.state for trade in closed} == {TradeState.CLOSED}
    assert len(closed) == len(reader.trades(ACCOUNT, ALL)) - 1
    number = closed[0].id
    assert reader.trade(ACCOUNT, number) == closed[0]
    assert reader.trade(ACCOUNT, 10**9) is None
    of_trade = HistoryFilter(trade=number)
    for rows in (
        reader.money(ACCOUNT, of_trade),
        reader.orders(ACCOUNT, of_trade),
        reader.decisions(ACCOUNT, of_trade),
    ):
        assert rows
        assert {row.trade for row in rows} == {number}
    other = HistoryFilter(pair=Pair("CCCUSDT", "DDDUSDT"))
    assert [*reader.fills(ACCOUNT, other), *reader.money(ACCOUNT, other), *reader.orders(ACCOUNT, other)] == []
    assert reader.fills(ACCOUNT, HistoryFilter(pair=PAIR)) == reader.fills(ACCOUNT, ALL)
    middle = reader.money(ACCOUNT, ALL)[5].time
    assert all(row.time < middle for row in reader.money(ACCOUNT, HistoryFilter(end=middle)))
    assert all(row.time >= middle for row in reader.money(ACCOUNT, HistoryFilter(start=middle)))


def test_equity_is_thinned_to_the_last_of_each_step(reader: TradingReader) -> None:
    every = reader.equity(ACCOUNT)
    assert len(every) > 2
    two = reader.equity(ACCOUNT, minutes=2)
    assert [point.time for point in two] == sorted({point.time // (2 * MINUTE): point.time for point in every}.values())
    assert reader.equity(ACCOUNT, limit=1) == every[-1:]
    assert reader.equity(ACCOUNT, start=every[1].time, end=every[2].time) == every[1:2]


def test_comments(market: PaperMarket, reader: TradingReader) -> None:
    number = of_kind(market.facts, PairTrade)[0].id
    assert reader.comments(ACCOUNT, [number, 10**6]) == {number: TradeComment("=1+1", ("test", "second"))}


def request(kind: ExportKind, form: ExportFormat = ExportFormat.CSV) -> ExportRequest:
    return ExportRequest(kind, form, account=ACCOUNT)


@pytest.mark.parametrize("kind", OF_ACCOUNT)
@pytest.mark.parametrize("form", [ExportFormat.NDJSON, ExportFormat.PARQUET, ExportFormat.CSV])
def test_every_format_of_an_export_holds_the_same(
    data: Path, tmp_path: Path, kind: ExportKind, form: ExportFormat
) -> None:
    reader = StoreReader(data / DATABASE)
    names = COLUMNS[kind]
    expected = [
        dict(zip(names, line, strict=True)) for page in export.row_pages(reader, request(kind)) for line in page
    ]
    assert len(expected) > 2
    asked = request(kind, form)
    if form is ExportFormat.NDJSON:
        lines = b"".join(export.text_chunks(reader, asked)).splitlines()
        assert [msgspec.json.decode(line) for line in lines] == expected
    elif form is ExportFormat.CSV:
        text = b"".join(export.text_chunks(reader, asked)).decode()
        rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
        assert [list(row) for row in rows] == [list(names)] * len(expected)
        assert [row["time"] for row in rows if "time" in row] == [str(row["time"]) for row in expected if "time" in row]
    else:
        path = tmp_path / asked.file_name(demo=True)
        assert path.name == f"DEMO-{ACCOUNT}-{kind}.parquet"
        assert export.write_parquet(reader, asked, path) == len(expected)
        assert pq.read_table(path).to_pylist() == expected


def test_exported_money_is_exact(market: PaperMarket, data: Path) -> None:
    reader = StoreReader(data / DATABASE)
    rows = [row for page in export.row_pages(reader, request(ExportKind.MONEY)) for row in page]
    place = COLUMNS[ExportKind.MONEY].index("amount")
    assert [round(row[place] * UNIT) for row in rows] == [
        entry.amount for entry in reversed(of_kind(market.facts, LedgerEntry))
    ]
    with pytest.raises(ConfigError, match="name one, for example paper"):
        ExportRequest(ExportKind.MONEY).check()


def test_a_sound_store_agrees_with_itself(data: Path) -> None:
    assert examine(data / DATABASE).findings == []


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        ("UPDATE paper_money SET amount = amount + 1 WHERE id = (SELECT min(id) FROM paper_money)", "its ledger says"),
        ("DELETE FROM paper_money WHERE id = (SELECT max(id) FROM paper_money WHERE kind = 'fee')", "add up to"),
        ("UPDATE paper_trades SET document = 'x' WHERE id = (SELECT min(id) FROM paper_trades)", "cannot be read"),
        ("DELETE FROM paper_trades WHERE id = (SELECT min(id) FROM paper_trades)", "has entries in the ledger"),
        ("UPDATE paper_accounts SET document = '{}'", "the paper account 'paper' cannot be read"),
        ("DELETE FROM paper_accounts", "rows of an account that is not stored"),
        (
            "UPDATE paper_accounts SET document = replace(document, '\"fees\":', '\"fees\":1')",
            "its books add up to",
        ),
    ],
)
def test_the_doctor_finds_what_disagrees(market: PaperMarket, tmp_path: Path, damage: str, text: str) -> None:
    with store(tmp_path) as (writer, _):
        writer.submit(market.facts, {})
    edit(tmp_path, damage)
    findings = examine(tmp_path / DATABASE).findings
    assert any(text in finding.text for finding in findings), findings
    assert {finding.check for finding in findings} == {"paper trading"}


def test_retention_leaves_paper_trading_alone(market: PaperMarket, tmp_path: Path) -> None:
    with store(tmp_path) as (writer, reader):
        writer.submit(market.facts, {})
        for kind in ("deliveries", "sessions", "quarantine"):
            prune(kind, 1 << 42, transact=lambda job: writer.run(job).result(), stopped=lambda: False)
        assert len(reader.trading.money(ACCOUNT, ALL)) == len(of_kind(market.facts, LedgerEntry))
