// What the engine, the dashboard and the browser agree on (docs/api.md), for editors that check JavaScript.
// Generated from spreadscope.contract by `python scripts/contract_types.py`: change the structs, not this file.

/** A line of the log: who changed what from where, and how it was answered (an HTTP status). */
export interface AccessEntry {
  id: number;
  time: number;
  kind: "key" | "nobody" | "owner" | "session" | "token";
  who: string;
  peer: string;
  what: string;
  status: number;
}

/** A sign-in. It ends at ``expires``, or when it is not used for a while. */
export interface AccessSession {
  id: string;
  name: string;
  scopes: ("admin" | "alerts" | "read" | "trade")[];
  created: number;
  used: number;
  expires: number;
  peer: string;
  program: string;
}

/** The body that opens an account, or changes its settings. Settings that are not given stay; of a new account they
    are those of ``[paper]``. */
export interface AccountBody {
  settings?: Record<string, boolean | number | string>;
}

/** A setting of paper accounts: ``value`` is that of ``[paper]``, which a new account begins with. */
export interface AccountSetting {
  key: string;
  kind: SettingKind;
  value: boolean | number | string;
  default: boolean | number | string;
  help: string;
  choices: string[];
  low: number | null;
  high: number | null;
}

/** The settings of a paper account; the keys of ``[paper]`` (``docs/configuration.md``). Limits of 0 are off. */
export interface AccountSettings {
  cash: number;
  notional: number;
  execution: Execution;
  repair: Repair;
  maker_fee_bps: number;
  taker_fee_bps: number;
  latency_ms: number;
  patience_ms: number;
  repair_deadline_ms: number;
  max_quote_age_ms: number;
  ask_seconds: number;
  impact_factor: number;
  assumed_top_notional: number;
  maintenance_rate: number;
  max_leverage: number;
  max_trades: number;
  max_symbol_share: number;
  max_imbalance_percent: number;
  daily_loss_percent: number;
  drawdown_percent: number;
  margin_percent: number;
  kill_flattens: boolean;
  messages: Messages;
}

/** The body that acknowledges the alert of a subject; without one, all alerts of the rule. */
export interface AcknowledgeBody {
  subject?: string;
}

/** The action of a signal. */
export type Action = "BUY_SPREAD" | "EXIT" | "HOLD" | "SELL_SPREAD";

/** A pair trade that is not open, on the hedge ratio of its newest row; ``notional`` is the size of leg y. */
export interface AddedPair {
  pair: string;
  timeframe: Timeframe;
  side: -1 | 1;
  notional: number;
}

/** A sentence of warning for the screen; ``runbook`` names the page that says what to do (null: there is none). */
export interface Alarm {
  level: Level;
  message: string;
  runbook: Runbook | null;
}

/** A change of a rule's state at ``time`` (the end of the bar). ``incident`` joins a firing with its end. */
export interface Alert {
  rule_id: string;
  name: string;
  text: string;
  subject: string;
  timeframe: Timeframe;
  time: number;
  state: AlertState;
  value: number | null;
  threshold: number | null;
  severity: Severity;
  incident: string;
  words: string;
  notify: "" | "digest" | "firing" | "no data" | "resolved";
  suppressed: "" | "acknowledged" | "cap" | "cooldown" | "muted";
  late: boolean;
}

/** The state of an alert; ``resolved`` and ``digest`` occur in facts only, not in a ``Life``. */
export type AlertState = "digest" | "firing" | "inactive" | "no data" | "pending" | "recovering" | "resolved";

/** Every rule with its state, and the alerts since the last message. */
export interface AlertsChanges {
  rules?: Rule[];
  history?: Alert[];
}

/** The file of rules and channels: its path, its number of rules, and its error. */
export interface AlertsFileStatus {
  path: string;
  rules: number;
  error: string | null;
}

/** The numbers of rules and of firing alerts, with the status of file and channels. */
export interface AlertsStatus {
  rules: number;
  firing: number;
  file: AlertsFileStatus;
  channels: ChannelsStatus;
}

/** Every rule with its state, and the newest alerts first. */
export interface AlertsView {
  rules: Rule[];
  history: Alert[];
}

/** Settings of the statistics that pages read; ``settings_struct`` adds the others. */
export interface AnalyticsSettings {
  hedge: string;
  space: string;
  intercept: boolean;
  hedge_window: number;
  z_window: number;
  correlation_window: number;
  evidence_window: number;
  stale_seconds: number;
  direction: "both" | "x_on_y" | "y_on_x";
  kalman: "chan" | "ml";
  kalman_delta: number;
  kalman_r: number;
  max_lags: number;
  evidence_level: number;
  minimum_rows: number;
}

/** The body that accepts or declines a signal that waits. */
export interface AnswerBody {
  accept: boolean;
}

/** A key of a program. ``prefix`` names it; the key itself is stored as a hash alone. */
export interface ApiKey {
  prefix: string;
  name: string;
  scopes: ("admin" | "alerts" | "read" | "trade")[];
  created: number;
  used: number | null;
}

/** The result of the last run of the archive. ``left`` are the days that stay in the database, with reasons. */
export interface ArchiveRun {
  started: number;
  ended: number;
  files: number;
  rows: number;
  bytes: number;
  retired: number;
  given_back: number;
  left: string[];
  error: string;
}

/** The daily run of the archive: whether it is enabled and running, its last result, and the free space. */
export interface ArchiveStatus {
  enabled: boolean;
  running: boolean;
  next_run: number | null;
  last_run: ArchiveRun | null;
  space: DiskSpace | null;
}

/** The quick backtest of one set. ``equity`` is the sum of net profit so far, in basis points of leg y's notional.

    ``left_out`` is what is not counted; ``skipped`` counts signals without a later bar to trade at. */
export interface Backtest {
  trades: StudyTrade[];
  figures: StudyFigure[];
  equity: StudyLine;
  skipped: number;
  left_out: string[];
}

/** The body that begins a backtest of pairs of the store.

    ``start`` and ``end`` (ms) bound the trades. ``notional`` is the size of leg y of a trade, ``cash`` what the account
    begins with (USDT). ``costs`` and ``latencies`` (ms) are variations. ``grid`` has by parameter the values to try;
    ``screen``: they are made by compiled batch twins, up to 2,000 of them, and the best by the whole core too.
    ``formation_hours`` and ``trading_hours`` above 0 make a walk-forward of them. ``placebo``: so many random pairs.
    ``configured``: with the parameters of the configuration alone, without those that were set since. */
export interface BacktestBody {
  pairs: string[];
  timeframe?: Timeframe;
  start?: number | null;
  end?: number | null;
  notional?: number;
  cash?: number;
  execution?: Execution;
  taker_bps?: number;
  maker_bps?: number;
  latency_ms?: number;
  costs?: number[];
  latencies?: number[];
  grid?: string[];
  screen?: boolean;
  formation_hours?: number;
  trading_hours?: number;
  placebo?: number;
  seed?: number;
  check?: boolean;
  configured?: boolean;
}

/** Whether a backtest could begin: its title and the number of runs, or the ``problem`` in one sentence.

    ``parameters`` are those that were set since and hold in it, beside the configuration. */
export interface BacktestCheck {
  title: string;
  runs: number;
  problem: string | null;
  parameters: Record<string, boolean | number | string>;
}

/** The figures of one account.

    ``period`` ("day" or "hour") is that of the returns of equity, of which there are ``periods``; ratios are annual.
    ``mean_return`` is of one period. ``significant`` is null where it cannot be said; ``verdict`` says it in words.
    ``turnover`` is the notional traded in a year over the mean equity, ``exposure`` the share of minutes with a
    position, ``max_drawdown`` a share of the high (negative); holding times are seconds. ``ended_equity`` is that at
    the end. ``probabilistic_sharpe``: how probable a true Sharpe ratio above 0 is; ``minimum_track_record``: so many
    periods would show it with 95%. */
export interface BacktestFigures {
  trades: number;
  failed: number;
  fills: number;
  parts: MoneyParts;
  start_cash: number;
  ended_equity: number;
  hit_rate: Estimate;
  mean_trade: Estimate;
  median_trade: Estimate;
  mean_holding: Estimate;
  median_holding: Estimate;
  turnover: Estimate;
  exposure: Estimate;
  break_even_fee: Estimate;
  max_drawdown: Estimate;
  period: string;
  periods: number;
  total_return: Estimate;
  mean_return: Estimate;
  sharpe: Estimate;
  sortino: Estimate;
  calmar: Estimate;
  probabilistic_sharpe: Estimate;
  minimum_track_record: Estimate;
  significant: boolean | null;
  verdict: string;
}

/** What a backtest found.

    ``hash`` is over all facts of the run: ``command`` gives the same one. ``parameters`` are the settings that differ
    from their defaults. ``trades`` are the first thousand; the table of trades has all. */
export interface BacktestReport {
  title: string;
  pairs: string[];
  timeframe: string;
  first: number;
  last: number;
  demo: boolean;
  source: string;
  fidelity: string;
  assumptions: string[];
  refused: Record<string, number>;
  faults: string[];
  figures: BacktestFigures;
  benchmarks: Benchmark[];
  equity: EquityLine;
  trades: BacktestTrade[];
  variations: Variation[];
  left_out: string[];
  trials: TrialsReport | null;
  walk_forward: WalkForward | null;
  checks: CheckLine[];
  settings: Record<string, string>;
  hash: string;
  command: string;
  versions: Record<string, string>;
  market_trades: number;
  seconds: number;
}

/** A pair trade that has ended. ``side`` is +1 where the spread was bought; ``z`` is that of the decision. */
export interface BacktestTrade {
  id: number;
  pair: string;
  side: number;
  decided: number;
  opened: number;
  closed: number;
  z: number | null;
  beta: number;
  notional: number;
  parts: MoneyParts;
  note: string;
}

/** A bar ``[open_time, open_time + timeframe)``. ``complete``: no trade of it is missing. */
export interface Bar {
  symbol: string;
  timeframe: Timeframe;
  open_time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  trades: number;
  complete: boolean;
  origin: BarOrigin;
}

/** Stored bars of a day at one timeframe: proved whole, incomplete, and how many are the exchange's candles. */
export interface BarCounts {
  timeframe: string;
  complete: number;
  incomplete: number;
  klines: number;
}

/** The data from which a bar was made. */
export type BarOrigin = "kline" | "tape";

/** The bars of a symbol that are there: the open times of the first and the last one (ms). */
export interface BarSpan {
  symbol: string;
  timeframe: Timeframe;
  first: number;
  last: number;
}

/** What doing something simpler would have brought, on the cash of the account. */
export interface Benchmark {
  name: string;
  total_return: Estimate;
  sharpe: Estimate;
  max_drawdown: Estimate;
}

/** A book of the ledger; every entry moves an amount from one to another. */
export type Book = "capital" | "fees" | "funding" | "liquidation" | "realised" | "wallet";

/** A bar length in which an exchange is asked for candles of many symbols. */
export type CandleLength = "1h" | "1m" | "5m";

/** The reason for a signal. */
export type Cause = "back inside" | "entry" | "pair removed" | "parameters changed" | "stop" | "time stop";

/** A caution against an entry. */
export type Caution = "move below fees" | "no evidence of cointegration" | "β not above 0";

/** The day before, as the chain of the tape has it. */
export interface ChainLink {
  day: string;
  chain: string;
}

/** A channel with its counts. The address is masked; ``failed`` counts messages that were given up. */
export interface Channel {
  name: string;
  kind: ChannelKind;
  address: string;
  enabled: boolean;
  deduplicates: boolean;
  sent: number;
  failed: number;
  waiting: number;
  last_sent: number | null;
  last_error: string | null;
}

/** The way in which a channel sends. */
export type ChannelKind = "email" | "service" | "webhook";

/** The number of channels, and of messages that wait or were given up. */
export interface ChannelsStatus {
  configured: number;
  waiting: number;
  dead: number;
}

/** The body of a rule's text to check. */
export interface CheckBody {
  text: string;
  subject?: string;
  timeframe?: Timeframe;
  recover?: number | string | null;
}

/** The answer to a text that is no rule: the reason, the position of the error, and a suggested word. */
export interface CheckFailed {
  ok: false;
  message: string;
  position: number | null;
  suggestion: string | null;
}

/** A check of the backtest itself: ``passed`` is null where it could not be made. */
export interface CheckLine {
  name: string;
  passed: boolean | null;
  words: string;
}

/** The answer to a text that is a rule: its meaning in words. */
export interface CheckPassed {
  ok: true;
  words: string;
  timeframe: Timeframe;
  needs: string[];
  defaults: RuleDefaults;
  unwatched: string[];
  warnings: string[];
}

/** The body that closes a share of a pair trade. */
export interface CloseTradeBody {
  percent?: number;
  reason?: string;
}

/** Symbols whose hourly returns are correlated above the threshold, and their values together. */
export interface ClusterExposure {
  symbols: string[];
  gross: number;
  net: number;
}

/** The body that replaces the comment and the tags of a pair trade. */
export interface CommentBody {
  comment?: string;
  tags?: string[];
}

/** How complete the tape of a symbol is on a UTC day.

    ``share`` is that of the known ids that are there (0 to 1); null where no ids prove anything (``unprovable`` names
    the source). ``retired``: trades that retention has deleted; they count as known. A gap across midnight counts on
    both days. */
export interface CompleteDay {
  symbol: string;
  day: string;
  trades: number;
  retired: number;
  first_id: number;
  last_id: number;
  first_time: number;
  last_time: number;
  missing: MissingIds;
  share: number | null;
  unprovable: string | null;
  closed: boolean;
  reported: boolean;
}

/** The settings that a page needs: ``timeframe`` is the one that it opens on. */
export interface ConfigStatus {
  timeframe: Timeframe;
  signals: SignalSettings;
  analytics: AnalyticsSettings;
}

/** The state of a connection to the exchange. */
export type ConnectionState = "closed" | "connected" | "connecting" | "reconnecting";

/** A connection to the exchange. ``silent_ms``: for how long no expected frame has come. */
export interface ConnectionStatus {
  name: string;
  state: ConnectionState;
  since: number;
  streams: number;
  reconnects: number;
  renewals: number;
  last_frame_age_ms: number | null;
  silent_ms: number;
  paused: boolean;
  detail: string;
}

/** Correlations over lags (rows). 95% of those of unrelated series lie within ``band`` of each lag around 0.

    ``values`` and ``band`` have no number where there are too few rows. ``words`` says what is to be seen. */
export interface Correlogram {
  lags: number[];
  values: (number | null)[];
  band: (number | null)[];
  n: number;
  words: string;
}

/** Ids that are missing, or were, between trades of the times ``from_time`` and ``to_time`` (ms). */
export interface DayGap {
  first: number;
  last: number;
  state: GapState;
  from_time: number;
  to_time: number;
  evidence: string;
}

/** A message to one channel. ``maybe_repeated``: it may have arrived before. */
export interface Delivery {
  id: number;
  channel: string;
  state: DeliveryState;
  attempts: number;
  next_at: number;
  error: string;
  sent_at: number | null;
  maybe_repeated: boolean;
  rule_id: string;
  subject: string;
  time: number;
  title: string;
}

/** The state of a message: ``failed`` is tried again, ``dead`` is not. */
export type DeliveryState = "dead" | "failed" | "sending" | "sent" | "waiting";

/** The size of the database file, its free bytes, and whether free ones can be given back. */
export interface DiskSpace {
  bytes: number;
  free: number;
  gives_back: boolean;
}

/** A file that was sent for a job. It is not imported, and forgotten after a while (``until``, ms). */
export interface DroppedFile {
  id: string;
  name: string;
  size: number;
  until: number;
}

/** A message of the relay to the tabs of the dashboard: whether the engine answers, and details. */
export interface EngineState {
  type: "engine";
  state: "connected" | "lost";
  detail: string;
}

/** The kind of a ledger entry. */
export type EntryKind = "deposit" | "fee" | "funding" | "funding correction" | "liquidation fee" | "realised";

/** A slice of an order.

    ``share`` is its part of the notional. With a ``level`` it is sent only while the spread can be had there or beyond;
    ``due`` and ``until`` are its time (null: it has no end). ``y`` and ``x`` are its signed quantities (null until the
    first slice of the order is sent), ``filled_y`` and ``filled_x`` what it brought; ``words`` say why it was skipped,
    canceled or not filled whole. */
export interface EntrySlice {
  share: number;
  level: number | null;
  due: number;
  until: number | null;
  state: SliceState;
  y: number | null;
  x: number | null;
  filled_y: number;
  filled_x: number;
  words: string;
}

/** Equity (USDT) and its fall from the high (a share, 0 or negative) at some of the minutes. */
export interface EquityLine {
  times: number[];
  equity: number[];
  drawdown: number[];
}

/** The worth of an account at the end of a minute; its fields are those of ``PaperAccount``. */
export interface EquityPoint {
  time: number;
  wallet: number;
  unrealised: number;
  equity: number;
  gross: number;
  net: number;
  maintenance: number;
  residual: number;
}

/** The answer to a refused request. */
export interface ErrorAnswer {
  error: ErrorText;
}

/** The sentence of a refusal, which says what to do. */
export interface ErrorText {
  message: string;
}

/** A figure, with its 95% interval where it has one; ``why`` says why there is no value. */
export interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  why: string;
}

/** The clock of the exchange: its offset to ours and the round trip of that measurement (ms), whether it runs in
    real time, and its steps. */
export interface ExchangeClock {
  offset_ms: number | null;
  round_trip_ms: number | null;
  real_time: boolean;
  steps: number;
}

/** z at the best bids and asks: of buying the spread (Y at its ask, X at its bid; reversed for a negative β) and of
    selling it, whatever size stands there. */
export interface Executable {
  buy_z: number;
  sell_z: number;
}

/** How the two legs are sent: both at market, or one as a limit order whose every fill is hedged at market. */
export type Execution = "both at market" | "passive, then market";

/** A position, the median notional traded a minute, and the minutes to leave by a share of it. */
export interface ExitTime {
  symbol: string;
  value: number;
  traded_a_minute: RiskFigure;
  minutes: RiskFigure;
}

/** The body of a job that exports what is stored in ``[start, end)`` (ms) to a file.

    Ticks and bars are of a symbol, analytics and signals of a pair; alerts may be about either. Fills, money,
    pair-trades, decisions and equity are of a paper account. */
export interface ExportBody {
  kind: ExportKind;
  format?: ExportFormat;
  symbol?: string;
  pair?: string;
  timeframe?: Timeframe;
  start?: number;
  end?: number;
  account?: string;
}

/** The file formats of an export. */
export type ExportFormat = "arrow" | "csv" | "ndjson" | "parquet";

/** The kind of data that can be exported. */
export type ExportKind = "alerts" | "analytics" | "bars" | "decisions" | "equity" | "fills" | "money" | "pair-trades" | "signals" | "ticks";

/** What names and columns of dropped files do not tell: as the options of the same names of ``import``. */
export interface FileOptions {
  symbol?: string;
  timeframe?: Timeframe | null;
  columns?: string;
}

/** The importer's report of one file. ``error`` says why nothing of it can be used; empty where something can.

    ``read`` = ``used + repeated + left_out + bad`` rows. */
export interface FileReport {
  name: string;
  content: string;
  subjects: string[];
  read: number;
  used: number;
  repeated: number;
  left_out: number;
  bad: number;
  unprovable: boolean;
  notes: string[];
  error: string;
}

/** The body that reads dropped files without a study: the symbols and times in them, and the bad rows. */
export interface FilesBody {
  files: string[];
  file_options?: FileOptions;
}

/** What is in dropped files. */
export interface FilesReport {
  files: FileReport[];
  spans: BarSpan[];
}

/** A past alert of a preview: start, end (null where it had not ended), and the value at its start. */
export interface Firing {
  subject: string;
  time: number;
  end: number | null;
  value: number | null;
}

/** Funding over the next 24 h: ``amount`` at the rate of now, ``at_cap`` where every position pays the cap; below 0
    where it is paid. ``payments`` are those due by then. */
export interface FundingExposure {
  symbol: string;
  value: number;
  rate: number | null;
  next_funding: number | null;
  interval_hours: number;
  payments: number;
  amount: RiskFigure;
  at_cap: number;
}

/** A gap ``first … last`` in the aggregate ids of a symbol, with its state. */
export interface Gap {
  symbol: string;
  first: number;
  last: number;
  state: GapState;
  time: number;
  from_time: number;
  to_time: number;
  evidence: string;
}

/** The state of a hole in the ids. */
export type GapState = "filled" | "open" | "permanent" | "upstream";

/** The process lives: nothing else is asked. ``started`` is when it began (ms). */
export interface Health {
  version: string;
  started: number;
}

/** Returns by hour and weekday of one series: a leg, or the spread. */
export interface Heat {
  name: string;
  cells: HeatCell[];
}

/** The returns that end in one hour of one weekday (0: Monday), UTC. Means and deviations are of log returns. */
export interface HeatCell {
  weekday: number;
  hour: number;
  n: number;
  mean: number | null;
  deviation: number | null;
}

/** Correlation of returns and p of every pair: the symbols in the order of linkage (those that move alike side by
    side), and the pairs (0, 1), (0, 2), …, (1, 2), … of them. */
export interface HeatMap {
  symbols: string[];
  correlation: (number | null)[];
  pvalue: (number | null)[];
}

/** The name of a hedge model. Each has a module of this name in ``pairs/hedge``. */
export type HedgeName = "ew" | "huber" | "kalman" | "ols" | "rolling_ols" | "theil_sen" | "tls";

/** β, spread and z of one hedge model at each time. ``traded``: signals act on it. */
export interface HedgePath {
  model: HedgeName;
  label: string;
  traded: boolean;
  beta: StudyLine;
  spread: StudyLine;
  z: StudyLine;
}

/** The alerts that the cap of the hour suppresses: their number, and when their digest is sent. */
export interface HeldBack {
  count: number;
  until: number;
}

/** An instance of a rule: the rule about one subject. */
export interface Instance {
  subject: string;
  state: AlertState;
  since: number;
  value: number | null;
  reason: string;
  incident: string;
  acknowledged: boolean;
}

/** An instrument that the exchange lists. Steps are decimal strings, exactly as the exchange gives them. */
export interface Instrument {
  symbol: string;
  status: string;
  contract_type: string;
  base_asset: string;
  quote_asset: string;
  tick_size: string;
  step_size: string;
}

/** The body of a job that makes an integrity report: of one symbol (empty: of all), in ``[start, end)`` (ms). */
export interface IntegrityBody {
  symbol?: string;
  start?: number;
  end?: number;
}

/** What is known of one symbol on one UTC day. ``docs/store.md`` defines ``tape`` and ``chain`` (SHA-256, hex).

    ``tape`` is empty where the trades were deleted before they were reported; ``before`` is null where the chain
    begins. ``place``: where the trades lie, "database", "archive", "both" or "retired". ``closed``: no trade of that
    day is under way any more. ``revision`` counts how often trades came after the day had been reported. */
export interface IntegrityDay {
  symbol: string;
  day: string;
  closed: boolean;
  trades: number;
  first_id: number;
  last_id: number;
  first_time: number;
  last_time: number;
  missing: MissingIds;
  unprovable: string | null;
  gaps: DayGap[];
  gaps_left_out: number;
  bars: BarCounts[];
  conflicts: number;
  empty_prints: number;
  tape: string;
  before: ChainLink | null;
  chain: string;
  place: string;
  revision: number;
}

/** The integrity of a store, by symbol and day. ``definition`` names what the hashes are of. */
export interface IntegrityReport {
  definition: string;
  version: string;
  made: number;
  source: string;
  demo: boolean;
  days: IntegrityDay[];
}

/** A long computation. ``fraction`` (0 to 1) is null where it is not known how much is left.

    ``progress`` says in words what is going on, ``error`` why it failed; ``demo``: what it is about is no market. Times
    are the engine's own clock, ms. */
export interface Job {
  id: string;
  kind: string;
  title: string;
  state: JobState;
  demo: boolean;
  created: number;
  started: number | null;
  ended: number | null;
  fraction: number | null;
  progress: string;
  error: string | null;
  results: JobResult[];
}

/** A file that a job made. Its name ends with its format: ``json``, ``csv`` or ``parquet``. */
export interface JobResult {
  name: string;
  size: number;
}

/** The state of a job. */
export type JobState = "cancelled" | "done" | "failed" | "running" | "waiting";

/** The kill switch was pulled (``active``), or reset. */
export interface KillEvent {
  time: number;
  active: boolean;
  by: string;
  reason: string;
}

/** Who stopped an account, when, and why; it stays so over a restart until it is reset. */
export interface KillSwitch {
  time: number;
  by: string;
  reason: string;
}

/** What one kind of data takes, in bytes: in the database, and in ``files`` of the archive.

    ``a_day`` is the mean of the newest archived days (at most 7); null while there is none. */
export interface KindSize {
  kind: string;
  database: number;
  archive: number;
  files: number;
  days: number;
  first_day: string | null;
  last_day: string | null;
  a_day: number | null;
}

/** Rungs at equal distances between two levels of what the spread can be had for, of z or of the ratio Y/X.

    ``shares`` are the parts of the notional by rung, in any unit (empty: equal ones). */
export interface LadderBody {
  measure?: SpreadMeasure;
  first: number;
  last: number;
  rungs: number;
  shares?: number[];
}

/** A symbol that was not scanned, and why. */
export interface LeftOutSymbol {
  symbol: string;
  why: string;
}

/** One leg: its bars, what is missing of them, and its returns from one bar to the next. */
export interface LegStudy {
  symbol: string;
  source: string;
  figures: StudyFigure[];
  autocorrelation: Correlogram;
}

/** The level of an alarm of the engine. */
export type Level = "error" | "warning";

/** How much of a limit of a paper account is used. */
export type LimitState = "broken" | "near" | "off" | "ok";

/** Whether a fill took liquidity or made it; the fee depends on it. */
export type Liquidity = "maker" | "taker";

/** How a line of the log is written: for people, or as JSON for programs. */
export type LogFormat = "json" | "text";

/** From which level on the engine logs. */
export type LogLevel = "debug" | "error" | "info" | "warning";

/** Log from ``level`` on, for so many minutes (null: until the engine ends). */
export interface LogLevelBody {
  level: LogLevel;
  minutes?: number | null;
}

/** The level of the log, the one it goes back to, and when (ms; null: it stays). */
export interface LogSetting {
  level: LogLevel;
  usual: LogLevel;
  until: number | null;
}

/** What a mark of a playback is about. */
export type MarkKind = "alert" | "signal";

/** What an account sends to the channels of alerts and to the screen. */
export type Messages = "all" | "none" | "problems";

/** The places ``[first, end)`` of a line without a number, and the reason. */
export type Missing = [number, number, Reason];

/** How many ids have no trade of the stream, by what is known of them.

    ``open``: asked for. ``refetched``: missed, fetched again, and there now. ``upstream``: the exchange itself has no
    trade of that id. ``permanent``: given up, for the exchange no longer gives them. */
export interface MissingIds {
  open: number;
  refetched: number;
  upstream: number;
  permanent: number;
}

/** The kind of the data's source. */
export type Mode = "custom" | "demo" | "live" | "recording" | "replay";

/** An entry of the ledger of money: ``amount`` goes from the book ``credit`` to the book ``debit``.

    ``change`` is what the wallet gained by it. ``reference`` is the number of the fill, or the time of the funding. */
export interface MoneyEntry {
  id: number;
  time: number;
  kind: EntryKind;
  debit: Book;
  credit: Book;
  amount: number;
  change: number;
  trade: number | null;
  leg: string;
  symbol: string;
  reference: number | null;
}

/** Where the result came from: ``gross`` = spread + imbalance + drift, ``net`` = gross − slippage − fees + funding −
    liquidation, both exactly. */
export interface MoneyParts {
  gross: number;
  spread: number;
  imbalance: number;
  drift: number;
  slippage: number;
  fees: number;
  funding: number;
  liquidation: number;
  net: number;
}

/** The body that mutes a rule until a time (ms, the market's clock); null ends it. */
export interface MuteBody {
  until: number | null;
}

/** The body that opens a pair trade: ``side`` 1 buys the spread, -1 sells it.

    ``notional`` is the size of leg y in USDT, ``execution`` how the legs are sent (null: as the account's settings
    say). ``take_profit`` and ``stop`` are levels of z towards and against the position, ``stop_loss`` is an amount in
    USDT (0: none). With a ``limit_z`` it waits until z can be had there or beyond, at the best bids and asks and for
    its size, for ``good_minutes`` (0: until it is declined). As a ``ladder``, also for so long, or as a ``twap`` it is
    sent in slices, which enter one trade. */
export interface OpenTradeBody {
  pair: string;
  timeframe: Timeframe;
  side: -1 | 1;
  notional?: number | null;
  execution?: Execution | null;
  take_profit?: number | null;
  stop?: number | null;
  stop_loss?: number;
  limit_z?: number | null;
  good_minutes?: number;
  ladder?: LadderBody | null;
  twap?: TwapBody | null;
}

/** The kind of an order; a ``post only`` one is a limit order that is rejected where it would trade at once. */
export type OrderKind = "market" | "post only";

/** The state of an order, from its sending to its end. */
export type OrderState = "accepted" | "canceled" | "expired" | "filled" | "in flight" | "partly filled" | "rejected";

/** What became of a signal or a request. */
export type Outcome = "declined" | "expired" | "pending" | "refused" | "taken";

/** The body that adds a pair, ``Y/X``. */
export interface PairBody {
  pair: string;
}

/** The changes of a pair and timeframe. A bar or row with the same time replaces the old one. */
export interface PairChanges {
  bars_y?: Bar[];
  bars_x?: Bar[];
  rows?: Row[];
  signals?: Signal[];
  forming_y?: Bar | null;
  forming_x?: Bar | null;
  live?: Row | null;
  executable?: Executable | null;
}

/** Correlations of the hourly results that the pairs' positions of now would have had; a row for each pair. */
export interface PairCorrelations {
  pairs: string[];
  matrix: ((number | null)[])[];
  n: number;
  reason: string;
}

/** A pair trade (``trade`` 0: one that is only asked about): what its legs are worth, and how far leg x is from the
    hedge of leg y, in percent of it, as it was entered and at the marks of now. */
export interface PairExposure {
  trade: number;
  pair: string;
  value_y: number;
  value_x: number;
  gross: number;
  net: number;
  imbalance_planned: RiskFigure;
  imbalance_drifted: RiskFigure;
}

/** What a chart shows before ``before``: all of ``[start, before)``. ``more``: there is still older data. */
export interface PairHistory {
  pair: string;
  timeframe: Timeframe;
  start: number;
  before: number;
  more: boolean;
  bars_y: Bar[];
  bars_x: Bar[];
  rows: Row[];
  signals: Signal[];
}

/** A leg of a pair trade. */
export type PairLeg = "x" | "y";

/** The result of a pair trade in a scenario. */
export interface PairLoss {
  trade: number;
  pair: string;
  pnl: number;
}

/** A pair ``Y/X`` and its legs. */
export interface PairName {
  pair: string;
  y: string;
  x: string;
}

/** What all trades of a pair have brought, since the account was opened.

    ``trades`` counts those that are open, too; ``open`` of them are, and count with what they would bring at mark now.
    ``won`` of the closed ones brought a gain. ``result`` is the sum of ``parts``, ``costs`` those that are no gross
    result: − slippage − fees + funding − liquidation. */
export interface PairResult {
  pair: string;
  trades: number;
  open: number;
  won: number;
  result: number;
  best: number;
  worst: number;
  costs: number;
  parts: TradeParts;
}

/** A pair with its last row of each timeframe. */
export interface PairRows {
  pair: string;
  y: string;
  x: string;
  rows: Record<string, Row | null>;
}

/** One test: its statistic and p-value (or why there is none), and the critical values at 1, 5 and 10%. */
export interface PairTest {
  name: string;
  what: string;
  stat: Value;
  pvalue: Value;
  lags: number;
  n: number;
  critical: [number, number, number] | null;
}

/** Tests on the newest ``rows`` bars of a pair; ``start`` and ``end`` (ms) are the first and last of them. */
export interface PairTests {
  pair: string;
  timeframe: Timeframe;
  rows: number;
  joint_rows: number;
  start: number | null;
  end: number | null;
  tests: PairTest[];
  words: string;
}

/** What signals of a pair at a timeframe do on an account. A pair without one is off. */
export interface PairTradingMode {
  pair: string;
  timeframe: Timeframe;
  mode: TradingMode;
}

/** A pair and timeframe: its parameters and statistics, closed bars, rows, signals, open bars, and the row restated
    at the newest prices. */
export interface PairView {
  pair: string;
  timeframe: Timeframe;
  analytics: AnalyticsSettings;
  signal_settings: SignalSettings;
  statistics: Statistic[];
  bars_y: Bar[];
  bars_x: Bar[];
  rows: Row[];
  signals: Signal[];
  forming_y: Bar | null;
  forming_x: Bar | null;
  live: Row | null;
  executable: Executable | null;
}

/** A paper account at the newest prices, at ``time``.

    ``equity`` is ``wallet`` and ``unrealised`` (at mark prices); ``gross`` and ``net`` are sums of notionals;
    ``leverage`` is gross, and ``margin_percent`` is ``maintenance``, as a share of equity (null: no equity is left).
    ``residual`` is the notional of legs without their other leg. ``day_result`` is since 0 h UTC, or since the kill
    switch was reset. ``modes`` are those that are not off, ``pending`` the signals that wait for an answer and the
    requests that wait for a level of z. */
export interface PaperAccount {
  name: string;
  settings: AccountSettings;
  opened: number;
  time: number;
  kill: KillSwitch | null;
  wallet: number;
  unrealised: number;
  equity: number;
  gross: number;
  net: number;
  leverage: number | null;
  maintenance: number;
  margin_percent: number | null;
  residual: number;
  peak_equity: number;
  drawdown_percent: number;
  day_result: number;
  open_trades: number;
  working_orders: number;
  modes: PairTradingMode[];
  pending: TradeDecision[];
  note: string;
}

/** What changed of a ``PaperView``, each list as a whole. ``fills``, ``decisions`` and ``closed`` trades are those
    that are new. */
export interface PaperChanges {
  account?: PaperAccount;
  trades?: PaperTrade[];
  orders?: PaperOrder[];
  fills?: PaperFill[];
  decisions?: TradeDecision[];
  closed?: PaperTrade[];
}

/** A fill of an order: ``slippage`` is what it cost against the mid of the decision.

    Its parts are ``half_spread``, ``impact`` (beyond the best price) and ``delay`` (what the market moved meanwhile);
    each in USDT, and in basis points of the notional at the mid of the decision. ``quote_age_ms`` is the age of the
    quote that it was made at. */
export interface PaperFill {
  id: number;
  order: number;
  trade: number;
  pair: string;
  leg: PairLeg;
  symbol: string;
  time: number;
  quantity: number;
  price: number;
  notional: number;
  fee: number;
  liquidity: Liquidity;
  decision_mid: number;
  slippage: number;
  half_spread: number;
  impact: number;
  delay: number;
  slippage_bps: number | null;
  half_spread_bps: number | null;
  impact_bps: number | null;
  delay_bps: number | null;
  quote_age_ms: number;
  realised: number;
}

/** A leg of a pair trade.

    ``planned`` and ``held`` are signed quantities, ``value`` is what is held at ``mark``. ``entry_price`` and
    ``exit_price`` are means of the fills. ``slippage`` is against the mids of the decisions; ``funding`` is above 0
    where it was received. ``liquidation_distance_percent`` is how far the mark of the symbol may go against the
    account, all other marks unchanged. ``next_funding_amount`` is what the next funding would bring at
    ``funding_rate``. */
export interface PaperLeg {
  symbol: string;
  planned: number;
  held: number;
  entry_price: number | null;
  exit_price: number | null;
  mark: number | null;
  value: number;
  unrealised: number;
  realised: number;
  fees: number;
  slippage: number;
  funding: number;
  maintenance: number;
  liquidation_price: number | null;
  liquidation_distance_percent: number | null;
  next_funding: number | null;
  funding_rate: number | null;
  next_funding_amount: number | null;
}

/** An order of one leg, after its newest change. ``quantity`` and ``filled`` are signed.

    It was decided at ``sent`` and is at the exchange from ``arrives`` on. ``limit`` is null for a market order,
    ``ahead`` the quantity that waits before a post-only one (null: not known). ``rule``, ``value`` and ``allowed`` say
    why it was rejected or expired. */
export interface PaperOrder {
  id: number;
  trade: number;
  leg: PairLeg;
  symbol: string;
  kind: OrderKind;
  state: OrderState;
  quantity: number;
  filled: number;
  limit: number | null;
  reduce_only: boolean;
  decision_mid: number;
  sent: number;
  arrives: number;
  time: number;
  ahead: number | null;
  rule: string | null;
  value: string;
  allowed: string;
}

/** A pair trade: two legs that are one position in a spread; ``side`` is +1 where it was bought.

    ``beta`` and the baseline of z are frozen at the decision: ``z_entry`` is z then, ``z_now`` z at the newest mids on
    that baseline, ``z_filled`` z there at the mean prices of the entry. ``half_life`` (seconds) is that of
    the decision, ``half_lives_held`` how many have passed since the opening. ``result`` is the net result, open legs at
    mark; ``peak`` and ``trough`` are the best and the worst so far.
    ``take_profit`` and ``stop`` are levels of z, ``stop_loss`` an amount. ``deadline`` is when a repair has to have
    ended, ``residual`` the notional of one leg that the other does not hedge. ``note`` says why it is in its state. */
export interface PaperTrade {
  id: number;
  pair: string;
  timeframe: Timeframe;
  side: number;
  origin: TradeOrigin;
  execution: Execution;
  state: TradeState;
  note: string;
  decided: number;
  opened: number | null;
  closed: number | null;
  space: Space;
  beta: number;
  z_entry: number | null;
  z_now: number | null;
  z_filled: number | null;
  half_life: number | null;
  half_lives_held: number | null;
  result: number;
  parts: TradeParts;
  peak: number;
  trough: number;
  take_profit: number | null;
  stop: number | null;
  stop_loss: number | null;
  deadline: number | null;
  attempts: number;
  residual: number;
  y: PaperLeg;
  x: PaperLeg;
  comment: string;
  tags: string[];
}

/** The topic ``paper:<account>``: the account, its open trades, and its working orders, oldest first. */
export interface PaperView {
  account: PaperAccount;
  trades: PaperTrade[];
  orders: PaperOrder[];
}

/** A parameter with its value for one pair and timeframe.

    ``layer`` is the value of the requested scope's own layer (null: it has none), ``source`` says in words which layer
    the value is from. ``low`` and ``high`` bound a number. */
export interface Parameter {
  key: string;
  kind: SettingKind;
  value: boolean | number | string;
  layer: boolean | number | string | null;
  source: string;
  default: boolean | number | string;
  help: string;
  choices: string[];
  low: number | null;
  high: number | null;
}

/** The same bars with the parameters that hold now, and with those of a change. */
export interface ParameterPreview {
  pair: string;
  timeframe: Timeframe;
  now: ParameterTrial;
  then: ParameterTrial;
  problem: string;
}

/** One set of parameters: configuration keys such as ``analytics.hedge_window`` and ``signals.entry`` with values.

    What is not named is as the engine is configured. ``fee_bps`` is the fee of one fill in basis points. */
export interface ParameterSet {
  settings?: Record<string, number | boolean | string>;
  fee_bps?: number;
}

/** The stored bars under one set of parameters, as a run with them would have had them: spread and z by time (ms),
    the signals among them, and every statistic of the newest row by its key. */
export interface ParameterTrial {
  analytics: AnalyticsSettings;
  signals: SignalSettings;
  times: number[];
  spread: (number | null)[];
  z: (number | null)[];
  newest: Record<string, Value>;
  trades: Signal[];
}

/** The body of a preview: the values that the layer of a pair at a timeframe would have. */
export interface ParameterTrialBody {
  pair: string;
  timeframe: Timeframe;
  values: Record<string, boolean | number | string>;
}

/** What holds for a pair (empty: one without its own) at a timeframe, with the windows in rows, and where each value
    is from. */
export interface Parameters {
  pair: string;
  timeframe: Timeframe;
  analytics: AnalyticsSettings;
  signals: SignalSettings;
  parameters: Parameter[];
}

/** The body that replaces the layer of a pair (empty: of all) at a timeframe (empty: at all); without values it is
    removed. */
export interface ParametersBody {
  pair?: string;
  timeframe?: "" | "1s" | "1m" | "5m";
  values: Record<string, boolean | number | string>;
}

/** Who asks, as the engine sees it. ``id`` is of the sign-in or key, or a token's subject; empty for the owner. */
export interface Person {
  kind: "key" | "nobody" | "owner" | "session" | "token";
  name: string;
  scopes: ("admin" | "alerts" | "read" | "trade")[];
  id: string;
}

/** What the store can play: sessions, the newest first, and the trades of symbols. */
export interface Playable {
  sessions: PlayableSession[];
  tapes: PlayableTape[];
}

/** A stored session. ``start`` and ``end`` are the market's times (ms), 0 where no market time was in it.

    ``started`` and ``ended`` are by the engine's clock; ``running``: it is the one that is written now. */
export interface PlayableSession {
  session: number;
  started: number;
  ended: number;
  version: string;
  start: number;
  end: number;
  facts: number;
  trades: number;
  running: boolean;
}

/** The stored trades of a symbol: the times (ms) of the first and the last one, and of how many parts they are. */
export interface PlayableTape {
  symbol: string;
  start: number;
  end: number;
  parts: number;
}

/** Where a playback stands. Times are the market's (ms); ``speed`` null is as fast as it goes.

    ``marks`` counts the signals and alerts that are known. At the end ``hash`` is over all facts, and ``equal`` says
    whether a session's own was the same; null where there is nothing to compare with. */
export interface Playback {
  title: string;
  session: number | null;
  state: PlaybackState;
  speed: number | null;
  time: number;
  start: number;
  end: number;
  fraction: number | null;
  progress: string;
  marks: number;
  hash: string;
  equal: boolean | null;
  error: string | null;
}

/** The body that starts a playback: of ``session``; else of the stored trades of ``pairs`` in ``[start, end)`` (ms).

    With ``at`` it opens at that time of the market; where neither session nor pairs are named, it finds the session. */
export interface PlaybackBody {
  session?: number | null;
  pairs?: string[];
  start?: number;
  end?: number;
  at?: number;
}

/** The body that moves a playback. ``time`` is for ``seek``, ``speed`` (null: as fast as it goes) for ``speed``.

    ``timeframe`` says which bars ``step`` counts. */
export interface PlaybackCommand {
  op: TransportOperation;
  time?: number;
  speed?: number | null;
  timeframe?: Timeframe;
}

/** A signal or an alert that fired: a place on the transport to jump to.

    ``time`` is the end of its bar; ``at`` is the market's time (ms) at which it came, null before it has been played. */
export interface PlaybackMark {
  kind: MarkKind;
  time: number;
  at: number | null;
  subject: string;
  timeframe: Timeframe;
  text: string;
}

/** A playback of an engine, in a process of its own. Below ``path`` it answers as an engine does.

    ``unused_seconds``: for how long nobody has asked it; after ``ends_after_seconds`` of that it is ended. */
export interface PlaybackRun {
  id: string;
  title: string;
  path: string;
  state: RunState;
  error: string | null;
  created: number;
  unused_seconds: number;
  ends_after_seconds: number;
}

/** The state of a playback's transport. */
export type PlaybackState = "ended" | "failed" | "paused" | "playing" | "seeking";

/** A ready-made rule: ``of`` is the kind of its subject, ``why`` its purpose. */
export interface Preset {
  key: string;
  title: string;
  why: string;
  text: string;
  of: "pair" | "symbol";
  severity: Severity;
  recover: number | string | null;
  keep_seconds: number;
  cooldown_seconds: number;
  notify_resolved: boolean;
}

/** The result of a rule on stored data. ``no_data`` of the ``evaluated`` judgements had no verdict. */
export interface Preview {
  words: string;
  timeframe: Timeframe;
  levels: RuleLevel[];
  evaluated: number;
  from: number | null;
  to: number | null;
  fired: number;
  last_fired: number | null;
  firings: Firing[];
  no_data: number;
  note: string;
  unwatched: string[];
  warnings: string[];
}

/** The source of a leg's price at the close of a bar: the mid of the last quote, or the last trade.

    An earlier mid is also of a quote inside the bar, but no quote later than the bar had come from any symbol yet: a
    later quote of this bar may still have been on its way. */
export type PriceSource = "earlier mid" | "last" | "mid";

/** The body that begins a sign-in through the provider. ``page`` is where the browser would come back to. */
export interface ProviderBeginBody {
  page: string;
}

/** A sign-in that has begun: the browser goes to ``address`` and keeps ``flow``, which is said once. */
export interface ProviderBegun {
  address: string;
  flow: string;
}

/** The body that completes a sign-in: what the browser kept (``flow``) and what the provider sent by it (all else).

    ``peer`` and ``program`` say from where and with what. */
export interface ProviderCompleteBody {
  flow: string;
  state: string;
  code?: string;
  error?: string;
  issuer?: string;
  peer?: string;
  program?: string;
}

/** The queues: events of the engine, rows and bytes of the store. */
export interface Queue {
  events: number;
  store: number;
  store_bytes: number;
}

/** The last hour of this engine, a sample each ``step_seconds``, oldest first.

    ``times`` are our clock (ms); ``messages`` and ``trades`` are a second; ``lag_ms`` is the largest of all symbols
    (null where the data are not of today), ``loop_lag_ms`` that of the event loop, ``waiting`` what waits for core and
    disk. */
export interface RateHistory {
  step_seconds: number;
  times: number[];
  messages: number[];
  trades: number[];
  lag_ms: (number | null)[];
  loop_lag_ms: number[];
  waiting: number[];
  venues: VenueWeight[];
}

/** The rates of the last second. */
export interface Rates {
  messages_per_second: number;
  trades_per_second: number;
}

/** Whether the engine can answer with true data, and why not, a sentence each. */
export interface Readiness {
  ready: boolean;
  reasons: string[];
}

/** The reason of an undefined value. The text is what a trader reads on the screen. */
export type Reason = "calculation failed" | "collinear legs" | "constant leg" | "constant spread" | "halted" | "incomplete bars" | "no break" | "no trades" | "not an Ornstein-Uhlenbeck process" | "not estimated by this hedge model" | "not mean reverting" | "not stored then" | "stale leg" | "threshold out of reach" | "too few rows" | "uncorrelated legs" | "value not finite" | "warming up";

/** The body that pulls the kill switch, resets it, or closes all trades: why. */
export interface ReasonBody {
  reason: string;
}

/** A file in the folder ``recordings`` of the data directory. ``modified``: ms. */
export interface RecordingFile {
  name: string;
  size: number;
  modified: number;
}

/** A message that there is no subscription (any more), or that the request was wrong. */
export interface Refusal {
  type: "error";
  topic: string;
  message: string;
  ref: string | number | null;
}

/** What is tried first when one leg is filled and the other is not. */
export type Repair = "hedge" | "unwind";

/** The body of a job that replays one session. */
export interface ReplayCheckBody {
  session: number;
}

/** What the replay of a session gave; ``equal``: the facts of the live session. */
export interface ReplayReport {
  session: number;
  equal: boolean;
  hash: string;
  recorded_hash: string;
  trades: number;
  facts: Record<string, number>;
  seconds: number;
  words: string;
}

/** A request of a client. The answer repeats ``ref``. */
export interface Request {
  op: "snapshot" | "subscribe" | "unsubscribe";
  topic: string;
  ref?: string | number | null;
}

/** The use of REST weight, the seconds left of a refusal or a ban, and the trades that the repair still needs. */
export interface RestStatus {
  weight_used: number;
  weight_limit: number;
  blocked_seconds: number;
  banned_seconds: number;
  refusals: number;
  trades_missing: number;
  trades_fetched: number;
}

/** What retention of so many days (0: for ever) comes to: what the next run deletes, and what is left then. */
export interface Retained {
  trades_days: number;
  analytics_days: number;
  freed_files: number;
  freed_bytes: number;
  left_bytes: number;
}

/** Herfindahl–Hirschman index and effective number, by the gross of pairs and by the values of symbols. */
export interface RiskConcentration {
  pairs_index: RiskFigure;
  pairs_effective: RiskFigure;
  symbols_index: RiskFigure;
  symbols_effective: RiskFigure;
}

/** The exposures. ``gross`` and ``net`` are netted by symbol, ``leverage`` is gross over equity, ``beta_adjusted``
    the sum of β · value.

    ``clusters`` rest on ``cluster_hours`` hourly returns; ``clusters_reason`` says why there are none. */
export interface RiskExposures {
  gross: number;
  net: number;
  leverage: RiskFigure;
  beta_adjusted: RiskFigure;
  symbols: SymbolExposure[];
  clusters: ClusterExposure[];
  clusters_reason: string;
  cluster_hours: number;
  pairs: PairExposure[];
}

/** A figure over ``n`` observations (0: it rests on the positions alone); null with a ``reason``. */
export interface RiskFigure {
  value: number | null;
  n: number;
  reason: string;
}

/** The risk of an account at ``time``, from its positions at mark and stored bars until ``bars_until`` (0: none).

    ``not_included`` says in words what no figure has in it. A report is up to a minute old. */
export interface RiskReport {
  time: number;
  equity: number;
  maintenance: number;
  bars_until: number;
  settings: RiskSettings;
  exposures: RiskExposures;
  tail: TailEstimate[];
  concentration: RiskConcentration;
  exits: ExitTime[];
  funding: FundingExposure[];
  correlations: PairCorrelations;
  stress: StressResult[];
  not_included: string[];
}

/** What the figures are measured with: the keys of ``[risk]`` (``docs/configuration.md``). */
export interface RiskSettings {
  market: string;
  cluster_correlation: number;
  participation_percent: number;
  funding_cap_percent: number;
  funding_interval_hours: number;
}

/** Every statistic of a pair at the close of a bar. */
export interface Row {
  pair: string;
  timeframe: Timeframe;
  time: number;
  price_y: number | null;
  price_x: number | null;
  age_y: number | null;
  age_x: number | null;
  n: number;
  state: SignalState;
  stale: boolean;
  incomplete: boolean;
  source_y: PriceSource | null;
  source_x: PriceSource | null;
  mixed: boolean;
  beta: Value;
  alpha: Value;
  beta_se: Value;
  r_squared: Value;
  spread: Value;
  z: Value;
  spread_mean: Value;
  spread_sd: Value;
  correlation: Value;
  kalman_beta: Value;
  kalman_alpha: Value;
  kalman_spread: Value;
  kalman_z: Value;
  kalman_sd_z: Value;
  kalman_ljung_box_p: Value;
  half_life: Value;
  adf_stat: Value;
  adf_p: Value;
  eg_stat: Value;
  eg_p: Value;
  breakdown: Value;
  ols_beta: Value;
  theil_sen_beta: Value;
  beta_drift: Value;
  value_ratio: Value;
  cointegrated: Value;
  coint_p: Value;
  look_p: Value;
  looks: Value;
  looks_passed: Value;
  half_life_unbiased: Value;
  half_life_low: Value;
  half_life_high: Value;
  z_scaled: Value;
  z_tail: Value;
  z_width: Value;
  realised_correlation: Value;
  break_even_z: Value;
  since_break: Value;
}

/** The fields of a ``Row`` that changed; the others are as they were. */
export interface RowChanges {
  time?: number;
  price_y?: number | null;
  price_x?: number | null;
  age_y?: number | null;
  age_x?: number | null;
  n?: number;
  state?: SignalState;
  stale?: boolean;
  incomplete?: boolean;
  source_y?: PriceSource | null;
  source_x?: PriceSource | null;
  mixed?: boolean;
  beta?: Value;
  alpha?: Value;
  beta_se?: Value;
  r_squared?: Value;
  spread?: Value;
  z?: Value;
  spread_mean?: Value;
  spread_sd?: Value;
  correlation?: Value;
  kalman_beta?: Value;
  kalman_alpha?: Value;
  kalman_spread?: Value;
  kalman_z?: Value;
  kalman_sd_z?: Value;
  kalman_ljung_box_p?: Value;
  half_life?: Value;
  adf_stat?: Value;
  adf_p?: Value;
  eg_stat?: Value;
  eg_p?: Value;
  breakdown?: Value;
  ols_beta?: Value;
  theil_sen_beta?: Value;
  beta_drift?: Value;
  value_ratio?: Value;
  cointegrated?: Value;
  coint_p?: Value;
  look_p?: Value;
  looks?: Value;
  looks_passed?: Value;
  half_life_unbiased?: Value;
  half_life_low?: Value;
  half_life_high?: Value;
  z_scaled?: Value;
  z_tail?: Value;
  z_width?: Value;
  realised_correlation?: Value;
  break_even_z?: Value;
  since_break?: Value;
}

/** An alert rule with its state. ``state`` and ``value`` are those of its worst instance. */
export interface Rule {
  rule_id: string;
  text: string;
  subject: string;
  timeframe: Timeframe;
  name: string;
  severity: Severity;
  recover: number | string | null;
  keep_seconds: number;
  cooldown_seconds: number;
  cap_per_hour: number;
  once: boolean;
  notify_resolved: boolean;
  notify_no_data: boolean;
  channels: string[];
  enabled: boolean;
  origin: string;
  muted_until: number;
  words: string;
  state: AlertState;
  value: number | null;
  threshold: number | null;
  levels: RuleLevel[];
  held_back: HeldBack | null;
  instances: Instance[];
}

/** The body of an alert rule. ``recover`` and ``cooldown_seconds`` have defaults of the engine. */
export interface RuleBody {
  text: string;
  subject?: string;
  timeframe?: Timeframe;
  name?: string;
  severity?: Severity;
  recover?: number | string | null;
  keep_seconds?: number;
  cooldown_seconds?: number;
  cap_per_hour?: number;
  once?: boolean;
  notify_resolved?: boolean;
  notify_no_data?: boolean;
  channels?: string[];
  enabled?: boolean;
}

/** The defaults of a new rule. */
export interface RuleDefaults {
  recover: number | null;
  cooldown_seconds: number;
}

/** A number with which a rule compares one subject; a screen draws it as a line beside that quantity.

    ``statistic`` is the key of the row's statistic of that ``name``, "" where it is no statistic of a row; ``subject``
    is the pair or symbol that the text names, "" for the subject of the rule. */
export interface RuleLevel {
  name: string;
  statistic: string;
  subject: string;
  level: number;
}

/** The state of a playback's process. */
export type RunState = "failed" | "ready" | "starting";

/** The pages that say what to do about an alarm (``dashboard/runbook``). */
export type Runbook = "alerts-file" | "archive-failing" | "clock-off" | "connection-down" | "delivery-failing" | "disk-low" | "engine-down" | "exchange-ban" | "exchange-silent" | "frames-rejected" | "holes-open" | "kill-switch" | "loop-late" | "margin" | "not-ready" | "pair-faulted" | "program-fault" | "queue-filling" | "rest-weight" | "symbol-late" | "symbol-silent" | "trade-failed" | "writer-failing";

/** An open trade with ``percent`` of its quantities (0: closed, 200: twice as much). */
export interface ScaledTrade {
  trade: number;
  percent: number;
}

/** The body that begins a scan for pairs.

    ``source`` "stored": the newest ``bars`` bars of ``timeframe``, of ``symbols`` (empty: of all). "files": dropped
    files, by their ids. "exchange": the newest ``bars`` candles of length ``candle`` of the ``top`` perpetuals in
    ``quote_asset`` by what was traded of them in the last 24 hours, each of at least ``min_volume``; of ``symbols``
    alone, where some are named. ``keep`` are tested whatever their own tests say; ``fee`` is of one fill. */
export interface ScanBody {
  source: ScanSource;
  symbols?: string;
  files?: string[];
  timeframe?: Timeframe;
  candle?: CandleLength;
  bars?: number;
  top?: number;
  min_volume?: number;
  quote_asset?: string;
  surrogates?: number;
  max_lags?: number;
  keep?: string;
  seed?: number;
  fee?: number;
}

/** Whether a scan could begin: the title it would have, or the ``problem`` in one sentence. */
export interface ScanCheck {
  title: string;
  problem: string | null;
}

/** How many pairs are at or below the level. ``calibrated`` is null without surrogates. */
export interface ScanPassed {
  raw: number;
  bh: number;
  by: number;
  calibrated: number | null;
}

/** What persists from half to half, as rank correlations. */
export interface ScanPersistence {
  pvalue: number;
  return_correlation: number;
  spread_sd: number;
}

/** What a scan found. ``passes`` is whether any pair does, ``answer`` says it in words. Times are ms.

    ``no_persistence`` is why it is not known what persists; empty where it is.

    Pairs are selected on the bars from ``first`` to before ``half``, and tested again from there to ``last``. */
export interface ScanReport {
  source: string;
  demo: boolean;
  timeframe: string;
  step_ms: number;
  rows: number;
  first: number;
  half: number;
  last: number;
  level: number;
  surrogates: number;
  seed: number;
  max_lags: number;
  fee: number;
  tests: number;
  undefined: number;
  passes: boolean;
  answer: string;
  familywise: number | null;
  passed: ScanPassed;
  survival: ScanSurvival;
  persistence: ScanPersistence | null;
  no_persistence: string;
  legs: ScannedSymbol[];
  left_out: LeftOutSymbol[];
  missing: Record<string, number>;
  notes: string[];
  heat_map: HeatMap;
}

/** A pair of a scan, y on x, the direction with the smaller p.

    ``pvalue`` is raw, of both directions; ``bh`` and ``by`` its q-values over all tests; ``calibrated`` p by chance as
    it is in these prices, ``calibrated_bh`` its q-value; ``familywise``: how often chance alone gives a pair as good as
    this as its best. ``half_life`` is in bars, with an interval: where ``half_life_low`` is there and
    ``half_life_high`` is null, it may be without end. ``cost``: fees of a round trip, as a share of y's notional, and
    ``break_even_z``: so many deviations of the spread. ``next_…``: of the second half, which selected nothing. */
export interface ScanRow {
  y: string;
  x: string;
  pvalue: number;
  bh: number;
  by: number;
  calibrated: number | null;
  calibrated_bh: number | null;
  familywise: number | null;
  beta: number;
  half_life: number | null;
  half_life_low: number | null;
  half_life_high: number | null;
  cost: number;
  break_even_z: number | null;
  return_correlation: number | null;
  spread_sd: number | null;
  next_pvalue: number | null;
  next_return_correlation: number | null;
  next_spread_sd: number | null;
}

/** Where the closes of a scan come from. */
export type ScanSource = "exchange" | "files" | "stored";

/** Of the first half: pairs with raw p at or below the level, and the others; how many of each pass again. */
export interface ScanSurvival {
  selected: number;
  selected_again: number;
  others: number;
  others_again: number;
}

/** A symbol as tested by itself.

    ``volatility``: sd of its log returns a bar; ``still``: share of returns that are 0; ``missing``: share of bars. */
export interface ScannedSymbol {
  symbol: string;
  verdict: string;
  adf_pvalue: number | null;
  volatility: number;
  still: number;
  missing: number;
}

/** Log prices of both legs (some of them, evenly taken), and the least-squares line through all rows. */
export interface Scatter {
  x: number[];
  y: number[];
  places: number[];
  alpha: Value;
  beta: Value;
  r_squared: Value;
  n: number;
}

/** The record of a rule: ``reverted`` alerts came back inside the exit, ``stopped`` ones reached the stop first. */
export interface Score {
  rule_id: string;
  fired: number;
  suppressed: number;
  resolved: number;
  open: number;
  flaps: number;
  median_seconds: number | null;
  reverted: number;
  stopped: number;
  reverted_share: number | null;
  median_seconds_to_reversion: number | null;
}

/** A replay of a session as a job: whether it gave the facts of the live session (null while it runs). */
export interface SessionCheck {
  job: string;
  state: JobState;
  progress: string;
  equal: boolean | null;
  words: string;
}

/** A run of an engine whose journal the store keeps; ``hash`` is over all its facts. ``running``: it is this one. */
export interface SessionSummary {
  id: number;
  started: number;
  ended: number;
  running: boolean;
  version: string;
  facts: number;
  trades: number;
  hash: string;
  check: SessionCheck | null;
}

/** The stored sessions, newest first, and the recordings. ``recordings_folder``: where they are looked for. */
export interface Sessions {
  sessions: SessionSummary[];
  recordings: RecordingFile[];
  recordings_folder: string;
}

/** A key of the configuration: the value at work, where it is from, and what the file says (null: nothing).

    ``waits``: the file says otherwise than what is at work, and holds from the next start on. ``editable``: the page
    may change it. */
export interface Setting {
  key: string;
  kind: SettingKind;
  value: boolean | number | string | string[];
  source: SettingSource;
  in_file: boolean | number | string | string[] | null;
  default: boolean | number | string | string[];
  waits: boolean;
  editable: boolean;
  help: string;
  choices: string[];
  low: number | null;
  high: number | null;
}

/** A setting of an account was changed, by whom and when. */
export interface SettingChange {
  time: number;
  by: string;
  key: string;
  before: boolean | number | string;
  after: boolean | number | string;
}

/** What the value of a configuration key is. */
export type SettingKind = "choice" | "list" | "number" | "rows or time" | "switch" | "table" | "text" | "whole number";

/** Where the value of a configuration key is from, the strongest first. */
export type SettingSource = "command line" | "default" | "environment" | "file";

/** The whole configuration and its file. ``seen`` names the file as it was read; ``problem`` says why it cannot be
    read (empty: it can). */
export interface Settings {
  file: string;
  seen: string;
  problem: string;
  settings: Setting[];
}

/** The body that changes keys of the file; null takes a key out of it. */
export interface SettingsBody {
  seen: string;
  values: Record<string, boolean | number | string | string[] | null>;
}

/** The severity of an alert. */
export type Severity = "critical" | "info" | "warning";

/** The body that exchanges a one-time code for a sign-in. ``peer`` and ``program`` say from where and with what. */
export interface SignInBody {
  code: string;
  peer?: string;
  program?: string;
}

/** The provider of sign-ins. ``label`` is how the button calls it; empty where there is none for the pages. */
export interface SignInProvider {
  label: string;
}

/** A change of position, with the orders of each leg. ``cautions`` is null where they are unknown. */
export interface Signal {
  pair: string;
  timeframe: Timeframe;
  time: number;
  action: Action;
  state: SignalState;
  z: number | null;
  spread: number | null;
  beta: number | null;
  price_y: number | null;
  price_x: number | null;
  cause: string;
  kind: Cause;
  space: Space;
  legs: string;
  cautions: Caution[] | null;
}

/** Thresholds on z that pages read; ``settings_struct`` adds the others. */
export interface SignalSettings {
  entry: number;
  exit: number;
  stop: number;
  time_stop_half_lives: number;
  time_stop_from: "upper" | "window";
  time_stop_seconds: number;
  scaled: boolean;
  need_evidence: boolean;
}

/** The spread position of a signal. */
export type SignalState = "FLAT" | "LONG" | "SHORT";

/** A new sign-in. ``token`` is said once. */
export interface SignedIn {
  token: string;
  expires: number;
  person: Person;
}

/** The state of a slice of an order. ``skipped``: its time passed, or nothing of it was filled. */
export type SliceState = "canceled" | "filled" | "partly filled" | "sent" | "skipped" | "waiting";

/** An order in slices: ``filled`` of ``slices`` have brought something. ``words`` say how far it is. */
export interface SlicedEntry {
  kind: SlicedKind;
  measure: SpreadMeasure;
  execution: Execution | null;
  filled: number;
  slices: EntrySlice[];
  words: string;
}

/** A ladder between two levels of the spread, or equal slices over a time. */
export type SlicedKind = "TWAP" | "ladder";

/** A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before. */
export interface SnapshotAlertsView {
  type: "snapshot";
  topic: string;
  data: AlertsView;
  ref: string | number | null;
}

/** A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before. */
export interface SnapshotPairView {
  type: "snapshot";
  topic: string;
  data: PairView;
  ref: string | number | null;
}

/** A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before. */
export interface SnapshotPaperView {
  type: "snapshot";
  topic: string;
  data: PaperView;
  ref: string | number | null;
}

/** A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before. */
export interface SnapshotStatus {
  type: "snapshot";
  topic: string;
  data: Status;
  ref: string | number | null;
}

/** A message with all of a topic. ``ref`` is null where no client requested it; it replaces what was sent before. */
export interface SnapshotWatchView {
  type: "snapshot";
  topic: string;
  data: WatchView;
  ref: string | number | null;
}

/** The prices on which a hedge ratio is fitted: logarithms (β is a ratio of values), or prices (β is a ratio of
    units). */
export type Space = "level" | "log";

/** What a level of a spread is measured in: z, or the ratio of the prices, Y/X. */
export type SpreadMeasure = "ratio" | "z";

/** The statement of a paper account for ``[start, end)``, made at ``made`` from what was on disk.

    ``books`` are of all entries of that time, ``pairs`` the same by pair: their sums are equal, and ``books.total`` is
    what ``wallet_end`` has more than ``wallet_start``. ``problems`` says what of the account does not agree with its
    ledger (empty: balances, books and the results of trades do). ``trades`` are the newest that were closed, and
    ``trades_left_out`` how many earlier ones are not listed. ``opening`` and ``closing`` are the last equity before the
    start and before the end (null: none was noted). */
export interface Statement {
  account: string;
  demo: boolean;
  version: string;
  start: number;
  end: number;
  made: number;
  wallet_start: number;
  wallet_end: number;
  books: StatementBooks;
  pairs: StatementPair[];
  trades: StatementTrade[];
  trades_left_out: number;
  opening: StatementEquity | null;
  closing: StatementEquity | null;
  entries: number;
  first_entry: number | null;
  last_entry: number | null;
  problems: string[];
}

/** What entries of the ledger brought to the wallet, by kind; below 0 it was paid. ``total`` is the sum.

    ``realised`` is what fills brought against what their positions had cost; slippage is in it. */
export interface StatementBooks {
  deposits: number;
  realised: number;
  fees: number;
  funding: number;
  liquidation: number;
  total: number;
}

/** Wallet and open profits at the end of a minute. */
export interface StatementEquity {
  time: number;
  equity: number;
  unrealised: number;
}

/** What the trades of a pair brought to the wallet, and how many of them were closed. Without a pair: deposits. */
export interface StatementPair {
  pair: string;
  closed: number;
  books: StatementBooks;
}

/** A pair trade that was closed in the time; ``net = gross − costs``, since it was opened. */
export interface StatementTrade {
  id: number;
  pair: string;
  timeframe: Timeframe;
  side: number;
  origin: TradeOrigin;
  opened: number;
  closed: number;
  gross: number;
  costs: number;
  net: number;
  note: string;
}

/** A statistic of a pair, described for the engine's configuration.

    ``format`` is the format of its values, ``measure`` their unit in words; ``shown`` is false where the traded figures
    are equal. */
export interface Statistic {
  key: string;
  label: string;
  help: string;
  source: string;
  format: string;
  measure: string;
  unit: string;
  shown: boolean;
  card: StatisticCard | null;
  line: StatisticLine | null;
  rule: StatisticRule | null;
}

/** A card in the strip of figures; lower ``order`` comes first.

    ``note`` is a template (``{key:format}``; ``[…]`` is optional). */
export interface StatisticCard {
  note: string;
  order: number;
  alarm: number | null;
  alarm_note: string;
  thresholds: boolean;
}

/** A line in a pane of the chart.

    ``bands`` names the mean and the deviation of a band; ``chosen``: drawn unless hidden. */
export interface StatisticLine {
  pane: string;
  title: string;
  colour: string;
  low: number | null;
  high: number | null;
  bands: [string, string] | null;
  thresholds: boolean;
  chosen: boolean;
}

/** The name of a statistic in rules. */
export interface StatisticRule {
  name: string;
}

/** The state of the whole engine. ``market_time`` is the newest time of the exchange, 0 while there is none.

    ``exchange_clock`` and ``rest`` are those of the default venue; ``venues`` has all venues in use. ``playback`` is
    there where nothing is live: what plays, and where its transport stands. */
export interface Status {
  version: string;
  mode: Mode | null;
  source: string;
  demo: boolean;
  data: string;
  now: number;
  market_time: number;
  started: number;
  starting: string;
  config: ConfigStatus;
  connections: ConnectionStatus[];
  symbols: SymbolStatus[];
  pairs: string[];
  rates: Rates;
  queue: Queue;
  loop_lag_ms: number;
  exchange_clock: ExchangeClock;
  rest: RestStatus;
  venues: VenueStatus[];
  alerts: AlertsStatus;
  archive: ArchiveStatus;
  alarms: Alarm[];
  playback: Playback | null;
}

/** What the data directory takes on the disk, in bytes.

    ``free`` bytes of the database's file are used again; ``disk_free`` are left on the disk. ``configured`` is what the
    retention of the configuration comes to, ``asked`` that of the question. */
export interface Storage {
  data: string;
  measured: number;
  database: number;
  free: number;
  disk_free: number;
  kinds: KindSize[];
  total: number;
  configured: Retained;
  asked: Retained | null;
  next_run: number | null;
}

/** The account in a scenario, all positions revalued; null with a ``reason``.

    ``kind`` is ``dated``, ``stored bars`` or ``parametric``, ``source`` says where its moves come from.
    ``margin_percent`` is the maintenance margin in percent of the equity after it (null: no equity is left). */
export interface StressResult {
  name: string;
  kind: string;
  source: string;
  pnl: number | null;
  equity: number | null;
  maintenance: number | null;
  margin_percent: number | null;
  liquidated: boolean | null;
  pairs: PairLoss[];
  reason: string;
}

/** A study. ``times`` (open times of bars, ms) are those of all lines: all ``rows``, or some where they are many. */
export interface Study {
  pair: string;
  timeframe: Timeframe;
  start: number;
  end: number;
  rows: number;
  demo: boolean;
  notes: string[];
  files: FileReport[];
  times: number[];
  price_y: StudyLine;
  price_x: StudyLine;
  legs: [LegStudy, LegStudy];
  lead: Correlogram;
  residual: Correlogram;
  scatter: Scatter;
  heat: Heat[];
  sets: StudySet[];
}

/** The body that starts a study of bars that open in ``[start, end)`` (ms).

    Bars of ``files`` (ids of dropped files) go before stored ones of the same symbol. */
export interface StudyBody {
  pair: string;
  timeframe?: Timeframe;
  start?: number;
  end?: number;
  sets?: ParameterSet[];
  files?: string[];
  file_options?: FileOptions;
}

/** What a study begins with: the engine's own settings by their keys, the stored symbols, and the bars of a pair. */
export interface StudyDefaults {
  settings: Record<string, number | boolean | string>;
  symbols: string[];
  spans: BarSpan[];
  most_rows: number;
}

/** A figure of a study with its name, its explanation, and the format of its number (as of statistics). */
export interface StudyFigure {
  key: string;
  label: string;
  help: string;
  format: string;
  value: Value;
}

/** A number for each of the study's times. */
export interface StudyLine {
  values: (number | null)[];
  missing: Missing[];
}

/** What came out under one set of parameters. */
export interface StudySet {
  settings: Record<string, number | boolean | string>;
  fee_bps: number;
  entry: number;
  exit: number;
  stop: number;
  paths: HedgePath[];
  lines: Record<string, StudyLine>;
  figures: StudyFigure[];
  verdict: Verdict;
  backtest: Backtest;
}

/** A round trip of the quick backtest, in basis points of leg y's notional at entry.

    ``exit_time`` is None for a position that is open at the end; its profit is that of the last prices. */
export interface StudyTrade {
  side: SignalState;
  signal_time: number;
  entry_time: number;
  exit_time: number | null;
  entry_z: number | null;
  beta: number;
  price_y: number;
  price_x: number;
  exit_y: number;
  exit_x: number;
  gross: number;
  fees: number;
  net: number;
  cause: Cause | null;
}

/** A symbol, netted over all trades; ``share`` is |value| in percent of gross, ``beta`` that of its hourly returns
    to the market's. */
export interface SymbolExposure {
  symbol: string;
  quantity: number;
  value: number;
  share: number;
  beta: RiskFigure;
}

/** The state of one symbol's stream. */
export type SymbolState = "halted" | "lagging" | "never delivered" | "ok" | "quiet" | "silent" | "stalled" | "waiting";

/** The tape of a symbol. ``lag_ms`` is null where the data are not of today. */
export interface SymbolStatus {
  symbol: string;
  venue: string;
  connection: string | null;
  state: SymbolState;
  last_price: number | null;
  last_time: number | null;
  age_ms: number | null;
  lag_ms: number | null;
  trades: number;
  first_id: number | null;
  last_id: number | null;
  open_gaps: number;
  missing: number;
  detail: string;
}

/** The body that watches symbols, comma separated. */
export interface SymbolsBody {
  symbols: string;
}

/** Value at risk and expected shortfall of the positions of now over a ``horizon``, and the test of its forecasts.

    ``periods`` (5 minutes for an hour, hours for a day) are those that are known, ``outcomes`` those it rests on (they
    overlap), ``independent`` how many do not overlap. */
export interface TailEstimate {
  horizon: string;
  method: string;
  level: number;
  value_at_risk: number | null;
  expected_shortfall: number | null;
  periods: number;
  outcomes: number;
  independent: number;
  reason: string;
  test: TailTest;
}

/** How the forecasts of an estimate did, made from the first half of the periods on, none overlapping.

    p-values: ``kupiec_pvalue`` (as many violations as the level says), ``independence_pvalue`` (Christoffersen: they do
    not follow one another), ``coverage_pvalue`` (both). ``rough``: fewer than 5 violations are expected. */
export interface TailTest {
  forecasts: number;
  violations: number;
  expected: number;
  kupiec_pvalue: number | null;
  independence_pvalue: number | null;
  coverage_pvalue: number | null;
  rough: boolean;
  reason: string;
}

/** A name of the rule language, for the editor. */
export interface Term {
  name: string;
  kind: TermKind;
  unit: string;
  meaning: string;
  example: string;
}

/** The kind of a name in the rule language. */
export type TermKind = "function" | "pair" | "symbol" | "word";

/** The answer of a channel to a test. */
export interface Tested {
  ok: boolean;
  message: string;
  seconds: number;
}

/** A pair trade before it is sent, at the newest prices.

    ``z`` is that of the newest row, ``executable_z`` that of the prices which the trade would get for its size,
    ``passive`` is the symbol of the leg that would be posted (null: both go to the market),
    ``break_even_z`` the distance of z from the mean whose way back pays the costs. ``costs`` and ``after`` are null
    while ``refusal`` leaves the size unknown. */
export interface Ticket {
  account: string;
  pair: string;
  timeframe: Timeframe;
  time: number;
  side: number;
  notional: number;
  execution: Execution;
  space: Space;
  beta: number | null;
  z: number | null;
  executable_z: number | null;
  break_even_z: number | null;
  half_life: number | null;
  y: TicketLeg;
  x: TicketLeg;
  costs: TicketCosts | null;
  after: TicketAfter | null;
  refusal: TradeRefusal | null;
  passive: string | null;
}

/** The account as it would be with the trade. ``liquidation_distance_percent`` is that of the nearest symbol. */
export interface TicketAfter {
  gross: number;
  leverage: number | null;
  margin_percent: number | null;
  liquidation_distance_percent: number | null;
}

/** An expected cost, in USDT and in basis points of the notional of leg y; below 0 it is received. */
export interface TicketCost {
  amount: number;
  bps: number;
}

/** The expected costs of a round trip, by the execution: in as it is chosen, out at market.

    ``fees``, ``half_spread`` and ``impact`` are of both legs, in and out. A leg that is posted pays the fee of a maker,
    earns its half-spread and has no impact on its way in; one that nobody takes goes to the market in the end, and
    costs as both at market. The impact of an order in slices is the sum of theirs. ``funding`` is what is due at the
    next funding times at the rates of now. */
export interface TicketCosts {
  fees: TicketCost;
  half_spread: TicketCost;
  impact: TicketCost;
  funding: TicketCost;
  total: TicketCost;
}

/** A leg of a ticket: best bid and ask with the displayed sizes (null: the market did not say), and its order.

    ``age_ms`` is the age of the quote. ``quantity`` and ``notional`` are signed, and null where the trade would be
    refused before they are known. */
export interface TicketLeg {
  symbol: string;
  bid: number | null;
  ask: number | null;
  bid_size: number | null;
  ask_size: number | null;
  age_ms: number | null;
  quantity: number | null;
  notional: number | null;
}

/** A bar length, by its usual short name. */
export type Timeframe = "1m" | "1s" | "5m";

/** What became of a signal or a request, and why.

    ``rule``, ``value`` and ``allowed`` say why it was refused, ``words`` is all of it as a sentence. ``trade`` is the
    trade that it opened. ``expires``: until when an answer, or a level, is awaited; null where neither is, or where it
    waits until it is taken back. ``limit_z``: it is sent when z can be had there or beyond. ``sliced``: it is sent in
    slices into one trade, and pending until the last of them has ended. */
export interface TradeDecision {
  id: number;
  time: number;
  pair: string;
  timeframe: Timeframe;
  action: string;
  side: number;
  origin: TradeOrigin;
  outcome: Outcome;
  z: number | null;
  notional: number | null;
  trade: number | null;
  rule: string | null;
  value: string;
  allowed: string;
  words: string;
  expires: number | null;
  limit_z: number | null;
  sliced: SlicedEntry | null;
}

/** What opened a pair trade. */
export type TradeOrigin = "signal" | "ticket";

/** The parts of the result of a pair trade:
    ``net = spread + imbalance + drift − slippage − fees + funding − liquidation``.

    Of an open trade they are as if its legs were left at mark now, without costs. */
export interface TradeParts {
  spread: number;
  imbalance: number;
  drift: number;
  slippage: number;
  fees: number;
  funding: number;
  liquidation: number;
  net: number;
}

/** Why a trade would be refused: the rule, the value that breaks it, what is allowed, and all of it in words. */
export interface TradeRefusal {
  rule: string;
  value: string;
  allowed: string;
  words: string;
}

/** The state of a pair trade. ``failed``: legs are left that the engine could not close, and a person has to. */
export type TradeState = "closed" | "entering" | "exiting" | "failed" | "frozen" | "open" | "repair";

/** A limit of an account, and how much of it is used: ``share`` is ``value / limit`` (null: the limit is off). */
export interface TradingLimit {
  name: string;
  value: number | null;
  limit: number;
  unit: string;
  share: number | null;
  state: LimitState;
}

/** What a signal of a pair does on an account. */
export type TradingMode = "ask me" | "automatic" | "off";

/** The body that sets what signals of a pair at a timeframe do. */
export interface TradingModeBody {
  pair: string;
  timeframe: Timeframe;
  mode: TradingMode;
}

/** What can be done with a playback's transport. */
export type TransportOperation = "next" | "pause" | "play" | "previous" | "seek" | "speed" | "step";

/** How much of the best of many trials is choice: the probability that its true Sharpe ratio is above the best that
    so many trials without skill would have, and the probability of backtest overfitting. ``fidelity`` says how the
    trials were made, where it was not by the whole core. */
export interface TrialsReport {
  trials: number;
  best: string;
  deflated_sharpe: Estimate;
  threshold: Estimate;
  overfitting: Estimate;
  words: string;
  fidelity: string;
}

/** Equal slices over a time, each sent at the beginning of its part of it, with a ``limit`` only while the spread
    can be had there or beyond. */
export interface TwapBody {
  slices: number;
  minutes: number;
  measure?: SpreadMeasure;
  limit?: number | null;
}

/** A message with the changes of a topic. */
export interface UpdateAlertsChanges {
  type: "update";
  topic: string;
  data: AlertsChanges;
}

/** A message with the changes of a topic. */
export interface UpdatePairChanges {
  type: "update";
  topic: string;
  data: PairChanges;
}

/** A message with the changes of a topic. */
export interface UpdatePaperChanges {
  type: "update";
  topic: string;
  data: PaperChanges;
}

/** A message with the changes of a topic. */
export interface UpdateStatus {
  type: "update";
  topic: string;
  data: Status;
}

/** A message with the changes of a topic. */
export interface UpdateWatchChanges {
  type: "update";
  topic: string;
  data: WatchChanges;
}

/** A number, or the reason why there is none: ``value`` is None exactly when there is a ``reason``. */
export type Value = [number | null, Reason | null];

/** Another run of the same data: ``kind`` is "costs", "latency", "placebo" or "trial", ``name`` what differs. */
export interface Variation {
  kind: string;
  name: string;
  trades: number;
  gross: number;
  costs: number;
  net: number;
  sharpe: Estimate;
  mean_return: Estimate;
  significant: boolean | null;
  problem: string;
}

/** A venue in use: its clock, and its REST status. */
export interface VenueStatus {
  name: string;
  title: string;
  exchange_clock: ExchangeClock;
  rest: RestStatus;
}

/** The REST weight that a venue counted, sample by sample. */
export interface VenueWeight {
  venue: string;
  title: string;
  limit: number;
  used: number[];
}

/** What the study says in words: one sentence, and its reasons. It is no score.

    ``tied``: None where it cannot be judged. */
export interface Verdict {
  text: string;
  tied: boolean | null;
  reasons: string[];
}

/** The walk-forward: its windows, and the figures of the joined returns out of sample. */
export interface WalkForward {
  windows: WalkWindow[];
  trades: number;
  gross: number;
  net: number;
  period: string;
  periods: number;
  total_return: Estimate;
  mean_return: Estimate;
  sharpe: Estimate;
  words: string;
}

/** A step of the walk-forward: what was chosen in ``[formed_from, formed_to)`` and what it brought in
    ``[traded_from, traded_to)``. Between them lies the purge. */
export interface WalkWindow {
  formed_from: number;
  formed_to: number;
  traded_from: number;
  traded_to: number;
  chosen: string;
  formation_net: number;
  trades: number;
  gross: number;
  net: number;
}

/** The changes by pair, the pairs that are new or have their first row, and those that are gone. */
export interface WatchChanges {
  changed?: Record<string, WatchedChanges>;
  added?: WatchedPair[];
  removed?: string[];
}

/** Every watched pair at one timeframe, and the statistics of its row. */
export interface WatchView {
  timeframe: Timeframe;
  statistics: Statistic[];
  pairs: WatchedPair[];
}

/** The changes of a watched pair. ``trail`` are the rows that closed, each once. */
export interface WatchedChanges {
  row?: RowChanges;
  trail?: ([number, number | null])[];
  break_even?: Value;
}

/** A watched pair with its newest row at the newest prices; null while there is none.

    ``trail`` is z of its last rows as they closed, oldest first. ``break_even`` is the z whose way back to the mean
    pays the fees of a round trip. ``entry`` and ``stop`` are its thresholds of z. */
export interface WatchedPair {
  pair: string;
  row: Row | null;
  trail: ([number, number | null])[];
  break_even: Value;
  entry: number;
  stop: number;
}

/** The body that asks for the risk of a changed copy of an account. Nothing is traded. */
export interface WhatIfBody {
  scaled?: ScaledTrade[];
  added?: AddedPair[];
}

/** A rule that was just created or replaced, with warnings about levels that never occurred. */
export interface WrittenRule {
  rule_id: string;
  text: string;
  subject: string;
  timeframe: Timeframe;
  name: string;
  severity: Severity;
  recover: number | string | null;
  keep_seconds: number;
  cooldown_seconds: number;
  cap_per_hour: number;
  once: boolean;
  notify_resolved: boolean;
  notify_no_data: boolean;
  channels: string[];
  enabled: boolean;
  origin: string;
  muted_until: number;
  words: string;
  state: AlertState;
  value: number | null;
  threshold: number | null;
  levels: RuleLevel[];
  held_back: HeldBack | null;
  instances: Instance[];
  warnings: string[];
}

/** Everything that the socket sends. */
export type Message = SnapshotPairView | SnapshotStatus | SnapshotAlertsView | UpdatePairChanges | UpdateStatus | UpdateAlertsChanges | SnapshotWatchView | UpdateWatchChanges | SnapshotPaperView | UpdatePaperChanges | Refusal | EngineState;
