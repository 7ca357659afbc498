"""The tables of the store, and the migration from one version of them to the next."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from spreadscope.model.errors import StoreError
from spreadscope.pairs.statistics import STATISTICS
from spreadscope.store.maintenance.migration_v3 import move_trades

# The statistics of a pair row, in the order of the registry; each is a REAL column, undefined values are NULL and their
# reasons stand in ``reasons`` (JSON, by column). A statistic newer than the store gets its column when the store is
# opened.
VALUE_COLUMNS = tuple(STATISTICS)

# Of the first version of the tables.
_FIRST_VALUES = ",\n    ".join(
    f"{name} REAL"
    for name in (
        "beta", "alpha", "beta_se", "r_squared", "spread", "z", "spread_mean", "spread_sd", "correlation",
        "kalman_beta",
        "kalman_alpha", "kalman_spread", "kalman_z", "kalman_sd_z", "kalman_ljung_box_p", "half_life", "adf_stat",
        "adf_p", "eg_stat", "eg_p", "breakdown",
    )
)  # fmt: skip

# A step is a script, or a function that is called in its transaction.
_STEPS: tuple[str | Callable[[sqlite3.Connection], None], ...] = (
    f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE symbols (symbol_id INTEGER PRIMARY KEY, symbol TEXT NOT NULL UNIQUE);
CREATE TABLE pairs (pair_id INTEGER PRIMARY KEY, y TEXT NOT NULL, x TEXT NOT NULL, UNIQUE (y, x));
CREATE TABLE watched (kind TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE trades (
    symbol_id INTEGER NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL,
    price REAL NOT NULL, quantity REAL NOT NULL, buyer_maker INTEGER NOT NULL,
    PRIMARY KEY (symbol_id, id)
) WITHOUT ROWID;
CREATE TABLE ledger (
    symbol_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
    PRIMARY KEY (symbol_id, first)
) WITHOUT ROWID;
CREATE TABLE gaps (
    symbol_id INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, state TEXT NOT NULL,
    time INTEGER NOT NULL, from_time INTEGER NOT NULL, to_time INTEGER NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (symbol_id, first, last)
) WITHOUT ROWID;
CREATE TABLE conflicts (
    symbol_id INTEGER NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (symbol_id, id)
) WITHOUT ROWID;
CREATE TABLE bars (
    symbol_id INTEGER NOT NULL, timeframe TEXT NOT NULL, open_time INTEGER NOT NULL,
    open REAL NOT NULL, high REAL NOT NULL, low REAL NOT NULL, close REAL NOT NULL,
    volume REAL NOT NULL, trades INTEGER NOT NULL, complete INTEGER NOT NULL, origin TEXT NOT NULL,
    bid REAL, ask REAL,
    PRIMARY KEY (symbol_id, timeframe, open_time)
) WITHOUT ROWID;
CREATE TABLE analytics (
    pair_id INTEGER NOT NULL, timeframe TEXT NOT NULL, time INTEGER NOT NULL,
    price_y REAL, price_x REAL, age_y INTEGER, age_x INTEGER, n INTEGER NOT NULL,
    {_FIRST_VALUES},
    state TEXT NOT NULL, stale INTEGER NOT NULL, incomplete INTEGER NOT NULL, reasons TEXT NOT NULL,
    PRIMARY KEY (pair_id, timeframe, time)
) WITHOUT ROWID;
CREATE TABLE signals (
    pair_id INTEGER NOT NULL, timeframe TEXT NOT NULL, time INTEGER NOT NULL, action TEXT NOT NULL,
    state TEXT NOT NULL, z REAL, spread REAL, beta REAL, price_y REAL, price_x REAL, cause TEXT NOT NULL,
    PRIMARY KEY (pair_id, timeframe, time)
) WITHOUT ROWID;
CREATE TABLE rules (
    rule_id TEXT PRIMARY KEY, text TEXT NOT NULL, subject TEXT NOT NULL, timeframe TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE alerts (
    rule_id TEXT NOT NULL, time INTEGER NOT NULL, state TEXT NOT NULL, text TEXT NOT NULL, subject TEXT NOT NULL,
    timeframe TEXT NOT NULL, value REAL, threshold REAL NOT NULL,
    PRIMARY KEY (rule_id, time, state)
) WITHOUT ROWID;
CREATE TABLE quarantine (
    received_ns INTEGER NOT NULL, connection TEXT NOT NULL, error TEXT NOT NULL, raw BLOB NOT NULL
);
""",
    """
CREATE TABLE archive (
    kind TEXT NOT NULL, subject TEXT NOT NULL, timeframe TEXT NOT NULL, day INTEGER NOT NULL, part INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (kind, subject, timeframe, day, part)
) WITHOUT ROWID;
""",
    move_trades,
    """
CREATE TABLE sessions (
    session_id INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, version TEXT NOT NULL,
    config TEXT NOT NULL, facts INTEGER NOT NULL, trades INTEGER NOT NULL, hash TEXT NOT NULL
);
CREATE TABLE journal (
    session_id INTEGER NOT NULL, seq INTEGER NOT NULL, first_time INTEGER NOT NULL, last_time INTEGER NOT NULL,
    entries BLOB NOT NULL, PRIMARY KEY (session_id, seq)
);
""",
    # Alerts with a life. Versions before wrote "inactive" for the end of an alert, and a rule had one subject.
    """
ALTER TABLE rules RENAME TO rules_before;
CREATE TABLE rules (
    rule_id TEXT PRIMARY KEY, text TEXT NOT NULL, subject TEXT NOT NULL, timeframe TEXT NOT NULL, name TEXT NOT NULL,
    severity TEXT NOT NULL, recover TEXT NOT NULL, keep_seconds REAL NOT NULL, cooldown_seconds REAL NOT NULL,
    cap_per_hour INTEGER NOT NULL, once INTEGER NOT NULL, notify_resolved INTEGER NOT NULL,
    notify_no_data INTEGER NOT NULL, channels TEXT NOT NULL, enabled INTEGER NOT NULL, origin TEXT NOT NULL,
    muted_until INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO rules SELECT rule_id, text, subject, timeframe, '', 'warning', 'null', 0, 0, 12, 0, 1, 0, '[]', 1, 'page', 0
    FROM rules_before;
DROP TABLE rules_before;
ALTER TABLE alerts RENAME TO alerts_before;
CREATE TABLE alerts (
    rule_id TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, subject TEXT NOT NULL, timeframe TEXT NOT NULL,
    time INTEGER NOT NULL, state TEXT NOT NULL, value REAL, threshold REAL, severity TEXT NOT NULL,
    incident TEXT NOT NULL, words TEXT NOT NULL, notify TEXT NOT NULL, suppressed TEXT NOT NULL, late INTEGER NOT NULL,
    channels TEXT NOT NULL,
    PRIMARY KEY (rule_id, subject, time, state)
) WITHOUT ROWID;
INSERT INTO alerts SELECT rule_id, '', text, subject, timeframe, time,
    CASE state WHEN 'inactive' THEN 'resolved' ELSE state END, value, threshold, 'warning', '',
    subject || ': ' || text, '', '', 0, '[]' FROM alerts_before;
DROP TABLE alerts_before;
CREATE INDEX alerts_by_time ON alerts (time);
CREATE TABLE alert_lives (
    rule_id TEXT NOT NULL, subject TEXT NOT NULL, life TEXT NOT NULL, PRIMARY KEY (rule_id, subject)
) WITHOUT ROWID;
""",
    """
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, channel TEXT NOT NULL,
    rule_id TEXT NOT NULL, subject TEXT NOT NULL, time INTEGER NOT NULL, notify TEXT NOT NULL, alert TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL, created INTEGER NOT NULL, next_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, updated INTEGER NOT NULL, sent_at INTEGER,
    uncertain INTEGER NOT NULL, maybe_repeated INTEGER NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, error TEXT NOT NULL,
    UNIQUE (channel, rule_id, subject, time, notify)
);
CREATE INDEX deliveries_due ON deliveries (state, channel, next_at);
""",
    """
CREATE TABLE retired (
    kind TEXT NOT NULL, subject TEXT NOT NULL, timeframe TEXT NOT NULL, day INTEGER NOT NULL, part INTEGER NOT NULL,
    file TEXT NOT NULL UNIQUE, rows INTEGER NOT NULL, first_id INTEGER NOT NULL, last_id INTEGER NOT NULL,
    first_time INTEGER NOT NULL, last_time INTEGER NOT NULL, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL,
    ranges TEXT NOT NULL, time INTEGER NOT NULL,
    PRIMARY KEY (kind, subject, timeframe, day, part)
) WITHOUT ROWID;
""",
    """
CREATE TABLE listing (
    only INTEGER PRIMARY KEY CHECK (only = 1), rest_url TEXT NOT NULL, time INTEGER NOT NULL, document TEXT NOT NULL
);
""",
    # Faults of our own code, and the source of the prices of a row.
    """
CREATE TABLE faults (
    id INTEGER PRIMARY KEY, received_ns INTEGER NOT NULL, part TEXT NOT NULL, subject TEXT NOT NULL, time INTEGER NOT NULL,
    error TEXT NOT NULL, consequence TEXT NOT NULL, trace TEXT NOT NULL, count INTEGER NOT NULL
);
ALTER TABLE analytics ADD COLUMN source_y TEXT;
ALTER TABLE analytics ADD COLUMN source_x TEXT;
ALTER TABLE analytics ADD COLUMN mixed INTEGER;
""",  # noqa: E501 - a migration stays as it was released
    # The cause of a signal as a code, the space of its hedge ratio, what the hash of a session covers, the format of
    # its journal.
    """
ALTER TABLE signals ADD COLUMN kind TEXT NOT NULL DEFAULT 'entry';
UPDATE signals SET kind = CASE
    WHEN cause LIKE 'stop:%' THEN 'stop' WHEN cause = 'time stop' THEN 'time stop'
    WHEN cause = 'the pair is followed no more' THEN 'pair removed' WHEN action = 'EXIT' THEN 'back inside' ELSE 'entry' END;
ALTER TABLE signals ADD COLUMN space TEXT NOT NULL DEFAULT 'log';
ALTER TABLE sessions ADD COLUMN digest INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sessions ADD COLUMN statistics TEXT NOT NULL DEFAULT '[]';
ALTER TABLE journal ADD COLUMN format INTEGER NOT NULL DEFAULT 1;
""",  # noqa: E501 - a migration stays as it was released
    # The instruments of each venue; before there was one venue.
    """
CREATE TABLE instrument_lists (
    venue TEXT PRIMARY KEY, rest_url TEXT NOT NULL, time INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO instrument_lists SELECT 'binance-futures', rest_url, time, document FROM listing;
DROP TABLE listing;
""",
    # The parameters above the configuration: an empty pair or timeframe stands for all.
    """
CREATE TABLE parameters (
    pair TEXT NOT NULL, timeframe TEXT NOT NULL, changes TEXT NOT NULL, PRIMARY KEY (pair, timeframe)
) WITHOUT ROWID;
""",
    # Paper trading: money, prices and quantities are whole numbers of 1e-8.
    """
CREATE TABLE paper_accounts (
    account TEXT PRIMARY KEY, time INTEGER NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE paper_orders (
    account TEXT NOT NULL, id INTEGER NOT NULL, trade INTEGER NOT NULL, symbol TEXT NOT NULL, state TEXT NOT NULL,
    time INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE paper_fills (
    account TEXT NOT NULL, id INTEGER NOT NULL, "order" INTEGER NOT NULL, trade INTEGER NOT NULL, leg TEXT NOT NULL,
    symbol TEXT NOT NULL, time INTEGER NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL,
    notional INTEGER NOT NULL, fee INTEGER NOT NULL, liquidity TEXT NOT NULL, decision_mid INTEGER NOT NULL,
    slippage INTEGER NOT NULL, half_spread INTEGER NOT NULL, impact INTEGER NOT NULL, quote_time INTEGER NOT NULL,
    realised INTEGER NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX paper_fills_by_trade ON paper_fills (account, trade);
CREATE TABLE paper_money (
    account TEXT NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL, debit TEXT NOT NULL,
    credit TEXT NOT NULL, amount INTEGER NOT NULL, trade INTEGER NOT NULL, leg TEXT NOT NULL, symbol TEXT NOT NULL,
    reference INTEGER NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE INDEX paper_money_by_trade ON paper_money (account, trade);
CREATE TABLE paper_trades (
    account TEXT NOT NULL, id INTEGER NOT NULL, pair TEXT NOT NULL, timeframe TEXT NOT NULL, state TEXT NOT NULL,
    decided INTEGER NOT NULL, closed INTEGER NOT NULL, time INTEGER NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE paper_decisions (
    account TEXT NOT NULL, id INTEGER NOT NULL, time INTEGER NOT NULL, pair TEXT NOT NULL, timeframe TEXT NOT NULL,
    outcome TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (account, id)
) WITHOUT ROWID;
CREATE TABLE paper_equity (
    account TEXT NOT NULL, time INTEGER NOT NULL, wallet INTEGER NOT NULL, unrealised INTEGER NOT NULL,
    equity INTEGER NOT NULL, gross INTEGER NOT NULL, net INTEGER NOT NULL, maintenance INTEGER NOT NULL,
    residual INTEGER NOT NULL, PRIMARY KEY (account, time)
) WITHOUT ROWID;
CREATE TABLE paper_kills (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, time INTEGER NOT NULL, active INTEGER NOT NULL, "by" TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE paper_settings (
    id INTEGER PRIMARY KEY, account TEXT NOT NULL, time INTEGER NOT NULL, "by" TEXT NOT NULL, key TEXT NOT NULL,
    before TEXT NOT NULL, after TEXT NOT NULL
);
CREATE TABLE paper_comments (
    account TEXT NOT NULL, trade INTEGER NOT NULL, comment TEXT NOT NULL, tags TEXT NOT NULL,
    PRIMARY KEY (account, trade)
) WITHOUT ROWID;
""",
)

VERSION = len(_STEPS)


def missing_tables(connection: sqlite3.Connection) -> dict[str, str]:
    """Returns the tables and indexes that a store of this version has and this one lacks, with the statements that make
    them.
    """
    complete = sqlite3.connect(":memory:", isolation_level=None)
    try:
        migrate(complete)
        query = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        existing = dict(connection.execute(query).fetchall())
        return {name: sql for name, sql in complete.execute(query) if name not in existing}
    finally:
        complete.close()


def require_all_tables(connection: sqlite3.Connection) -> None:
    """Refuse to write to a store that has lost a table: its content is gone, and the user must know at once."""
    missing = sorted(missing_tables(connection))
    if missing:
        raise StoreError(
            f"it lacks {', '.join(missing)}: bring back a copy of it, or begin those anew, empty, with spreadscope "
            "doctor --repair"
        )


def require_current(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse to read a database whose tables are not those of this version."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version < VERSION:
        raise StoreError(
            f"the store {path} is of an older version ({version}, this one reads {VERSION}): bring it up to date with "
            "spreadscope doctor --repair, or start the engine on it"
        )
    _refuse_newer(version)


def _refuse_newer(version: int) -> None:
    if version > VERSION:
        raise StoreError(
            f"the store was written by a newer Spreadscope (version {version}, this one knows {VERSION}): upgrade"
        )


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a database to ``VERSION``, one step a transaction.

    A database of a newer version or of another program is refused.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    _refuse_newer(version)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if tables and (version == 0 or not {"meta", "bars", "ledger"} <= tables):
        raise StoreError("it is a database of another program, and is left alone: choose another directory with --data")
    for number, step in enumerate(_STEPS[version:], start=version + 1):
        if isinstance(step, str):
            connection.executescript(f"BEGIN IMMEDIATE;\n{step}\nPRAGMA user_version = {number};\nCOMMIT;")
            continue
        connection.execute("BEGIN IMMEDIATE")
        step(connection)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    # A statistic newer than the store gets its column here; it is NULL in older rows.
    existing = {row[1] for row in connection.execute("PRAGMA table_info(analytics)")}
    for name in VALUE_COLUMNS:
        if name not in existing:
            connection.execute(f"ALTER TABLE analytics ADD COLUMN {name} REAL")
