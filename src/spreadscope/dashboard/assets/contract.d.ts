// What the engine, the dashboard and the browser agree on (docs/api.md), for editors that check JavaScript.
// Generated from spreadscope.contract by `python scripts/contract_types.py`: change the structs, not this file.

/** Whose alert has been seen; all of the rule's where it is left out. */
export interface AcknowledgeBody {
  subject?: string;
}

/** The action of a signal. */
export type Action = "BUY_SPREAD" | "EXIT" | "HOLD" | "SELL_SPREAD";

/** A sentence for the screen. */
export interface Alarm {
  level: Level;
  message: string;
}

/** What a rule said at ``time`` (the end of the bar). ``incident`` joins a firing with its end. */
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

/** Every rule as it stands now, and what was said since. */
export interface AlertsChanges {
  rules?: Rule[];
  history?: Alert[];
}

/** The file of rules and channels: where it lies, how many rules it has, and what is wrong with it. */
export interface AlertsFileStatus {
  path: string;
  rules: number;
  error: string | null;
}

/** How many rules there are, how many alerts have not ended, and what became of the file and of the messages. */
export interface AlertsStatus {
  rules: number;
  firing: number;
  file: AlertsFileStatus;
  channels: ChannelsStatus;
}

/** Every rule as it stands, and what was said, the newest first. */
export interface AlertsView {
  rules: Rule[];
  history: Alert[];
}

/** The settings of the statistics: what a page reads of them, and by ``settings_struct`` all there are. */
export interface AnalyticsSettings {
  hedge: string;
  space: string;
  intercept: boolean;
  hedge_window: number;
  z_window: number;
  stale_seconds: number;
  direction: "both" | "x_on_y" | "y_on_x";
  kalman: "chan" | "ml";
  kalman_delta: number;
  kalman_r: number;
  correlation_window: number;
  max_lags: number;
  evidence_window: number;
  evidence_level: number;
  minimum_rows: number;
}

/** What the last run did. ``left`` are the days that stay in the database, with why. */
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

/** The daily run of the archive: whether it is on and at work, what the last one did, and the room it made. */
export interface ArchiveStatus {
  enabled: boolean;
  running: boolean;
  next_run: number | null;
  last_run: ArchiveRun | null;
  space: DiskSpace | null;
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

/** The data from which a bar was made. */
export type BarOrigin = "kline" | "tape";

/** The reason for a signal. */
export type Cause = "back inside" | "entry" | "pair removed" | "stop" | "time stop";

/** A caution against an entry. */
export type Caution = "move below fees" | "no evidence of cointegration" | "β not above 0";

/** A channel and its record. The address is masked; ``failed`` counts what was given up. */
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

/** How many channels there are, and how many messages wait or were given up. */
export interface ChannelsStatus {
  configured: number;
  waiting: number;
  dead: number;
}

/** A text to look at. */
export interface CheckBody {
  text: string;
  subject?: string;
  timeframe?: Timeframe;
  recover?: number | string | null;
}

/** A text that is no rule: why, the character at which that is seen, and a word that was perhaps meant. */
export interface CheckFailed {
  ok: false;
  message: string;
  position: number | null;
  suggestion: string | null;
}

/** A text that is a rule, in words. */
export interface CheckPassed {
  ok: true;
  words: string;
  timeframe: Timeframe;
  needs: string[];
  defaults: RuleDefaults;
  unwatched: string[];
  warnings: string[];
}

/** The settings that a page needs: ``timeframe`` is the one it opens on. */
export interface ConfigStatus {
  timeframe: Timeframe;
  signals: SignalSettings;
  analytics: AnalyticsSettings;
}

/** The state of a connection to the exchange. */
export type ConnectionState = "closed" | "connected" | "connecting" | "reconnecting";

/** A connection to the exchange. ``silent_ms``: for how long nothing that was due has come. */
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

/** One message to one channel. ``maybe_repeated``: it may have arrived before. */
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

/** Bytes of the database's file, bytes of it that are free, and whether free ones can be given back. */
export interface DiskSpace {
  bytes: number;
  free: number;
  gives_back: boolean;
}

/** The relay's own news to the tabs of the dashboard: whether the engine answers, and what is known of it. */
export interface EngineState {
  type: "engine";
  state: "connected" | "lost";
  detail: string;
}

/** A refusal. */
export interface ErrorAnswer {
  error: ErrorText;
}

/** One sentence that says what to do. */
export interface ErrorText {
  message: string;
}

/** Offset to ours and the round trip it was measured with, ms; whether it runs in real time; steps seen. */
export interface ExchangeClock {
  offset_ms: number | null;
  round_trip_ms: number | null;
  real_time: boolean;
  steps: number;
}

/** The kind of data that can be exported. */
export type ExportKind = "alerts" | "analytics" | "bars" | "signals" | "ticks";

/** One alert: from when to when (``end`` is null where it had not ended), and the value it fired at. */
export interface Firing {
  subject: string;
  time: number;
  end: number | null;
  value: number | null;
}

/** A hole ``first … last`` in a symbol's aggregate ids, or its end. */
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

/** The name of a hedge model. Each has a module of this name in ``pairs/hedge``. */
export type HedgeName = "ew" | "huber" | "kalman" | "ols" | "rolling_ols" | "theil_sen" | "tls";

/** What the cap of the hour keeps back: how many alerts, and until when (they are told together then). */
export interface HeldBack {
  count: number;
  until: number;
}

/** One rule about one subject. */
export interface Instance {
  subject: string;
  state: AlertState;
  since: number;
  value: number | null;
  reason: string;
  incident: string;
  acknowledged: boolean;
}

/** What the exchange lists. Steps are decimal strings, exactly as the exchange gives them. */
export interface Instrument {
  symbol: string;
  status: string;
  contract_type: string;
  base_asset: string;
  quote_asset: string;
  tick_size: string;
  step_size: string;
}

/** The level of an alarm of the engine. */
export type Level = "error" | "warning";

/** The kind of the data's source. */
export type Mode = "custom" | "demo" | "live" | "recording";

/** Until when (ms, the market's time); null: no longer. */
export interface MuteBody {
  until: number | null;
}

/** A pair to track, ``Y/X``. */
export interface PairBody {
  pair: string;
}

/** What is new in a pair's timeframe. Bars and rows that come again replace the old ones. */
export interface PairChanges {
  bars_y?: Bar[];
  bars_x?: Bar[];
  rows?: Row[];
  signals?: Signal[];
  forming_y?: Bar | null;
  forming_x?: Bar | null;
  live?: Row | null;
}

/** A pair ``Y/X`` and its legs. */
export interface PairName {
  pair: string;
  y: string;
  x: string;
}

/** A pair with its last row of each timeframe. */
export interface PairRows {
  pair: string;
  y: string;
  x: string;
  rows: Record<string, Row | null>;
}

/** A pair's timeframe: what its statistics are, closed bars and rows, signals, the bars that are open, and the row as it would be now. */
export interface PairView {
  pair: string;
  timeframe: Timeframe;
  statistics: Statistic[];
  bars_y: Bar[];
  bars_x: Bar[];
  rows: Row[];
  signals: Signal[];
  forming_y: Bar | null;
  forming_x: Bar | null;
  live: Row | null;
}

/** A rule to begin with: ``of`` is what it is about, ``why`` what it is good for. */
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

/** What a rule would have said of what is stored. ``no_data`` of the ``evaluated`` judgements had no verdict. */
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

/** What waits: frames and events of the engine, rows and bytes of the store. */
export interface Queue {
  events: number;
  store: number;
  store_bytes: number;
}

/** Over the last second. */
export interface Rates {
  messages_per_second: number;
  trades_per_second: number;
}

/** The reason of an undefined value. The text is what a trader reads on the screen. */
export type Reason = "calculation failed" | "collinear legs" | "constant leg" | "constant spread" | "halted" | "incomplete bars" | "no trades" | "not an Ornstein-Uhlenbeck process" | "not estimated by this hedge model" | "not mean reverting" | "not stored then" | "stale leg" | "threshold out of reach" | "too few rows" | "uncorrelated legs" | "value not finite" | "warming up";

/** There is no subscription (any more), or what was sent is no request. */
export interface Refusal {
  type: "error";
  topic: string;
  message: string;
  ref: string | number | null;
}

/** What a client asks. The answer repeats ``ref``. */
export interface Request {
  op: "snapshot" | "subscribe" | "unsubscribe";
  topic: string;
  ref?: string | number | null;
}

/** The budget of REST weight, the countdowns of a refusal or a ban, and what the repair still waits for. */
export interface RestStatus {
  weight_used: number;
  weight_limit: number;
  blocked_seconds: number;
  banned_seconds: number;
  refusals: number;
  trades_missing: number;
  trades_fetched: number;
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
}

/** An alert rule as it stands. ``state`` and ``value`` are of the instance that matters most. */
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

/** An alert rule as a client writes it. What is left out of ``recover`` and ``cooldown_seconds`` has its defaults. */
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

/** What a new rule is given where nothing is said of it. */
export interface RuleDefaults {
  recover: number | null;
  cooldown_seconds: number;
}

/** One number that a rule compares one subject with: a screen draws it as a line beside the quantity itself.

    ``statistic`` is the key of the row's statistic that ``name`` stands for, "" where it is none of a row; ``subject`` the pair or
    symbol that is named, "" for the rule's own. */
export interface RuleLevel {
  name: string;
  statistic: string;
  subject: string;
  level: number;
}

/** How good a rule was: ``reverted`` came back inside the exit, ``stopped`` reached the stop first. */
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

/** The severity of an alert. */
export type Severity = "critical" | "info" | "warning";

/** A change of position, with what to do with each leg. ``cautions`` is null where they are not known. */
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

/** Thresholds on z: what a page reads of them, and by ``settings_struct`` all there are. */
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

/** All of a topic. ``ref`` is null where nobody asked: what was sent before is replaced. */
export interface SnapshotAlertsView {
  type: "snapshot";
  topic: string;
  data: AlertsView;
  ref: string | number | null;
}

/** All of a topic. ``ref`` is null where nobody asked: what was sent before is replaced. */
export interface SnapshotPairView {
  type: "snapshot";
  topic: string;
  data: PairView;
  ref: string | number | null;
}

/** All of a topic. ``ref`` is null where nobody asked: what was sent before is replaced. */
export interface SnapshotStatus {
  type: "snapshot";
  topic: string;
  data: Status;
  ref: string | number | null;
}

/** All of a topic. ``ref`` is null where nobody asked: what was sent before is replaced. */
export interface SnapshotWatchView {
  type: "snapshot";
  topic: string;
  data: WatchView;
  ref: string | number | null;
}

/** The prices on which a hedge ratio is fitted: logarithms (β is a ratio of values), or prices (β is a ratio of
    units). */
export type Space = "level" | "log";

/** A statistic of a pair, worded for the engine's configuration.

    ``format`` is how its values are written, ``measure`` what they count; ``shown`` is false where the traded figures are the same. */
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

/** A figure in the strip: lower ``order`` comes first. ``note`` is a template (``{key:format}``, ``[…]`` where it may be left out). */
export interface StatisticCard {
  note: string;
  order: number;
  alarm: number | null;
  alarm_note: string;
  thresholds: boolean;
}

/** A line in a pane of the chart. ``bands`` names the mean and the deviation of a band; ``chosen``: drawn unless it is hidden. */
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

/** The name under which rules know a statistic. */
export interface StatisticRule {
  name: string;
}

/** The state of everything. ``market_time`` is the exchange's newest stamp, 0 while there is none.

    ``exchange_clock`` and ``rest`` are the default venue's; ``venues`` has all that are followed. */
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
}

/** The state of one symbol's stream. */
export type SymbolState = "halted" | "lagging" | "never delivered" | "ok" | "quiet" | "silent" | "stalled" | "waiting";

/** The tape of a symbol. ``lag_ms`` is null where the market is not of today. */
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

/** Symbols to watch, comma separated. */
export interface SymbolsBody {
  symbols: string;
}

/** A name of the rule language. */
export interface Term {
  name: string;
  kind: TermKind;
  unit: string;
  meaning: string;
  example: string;
}

/** The kind of a name in the rule language. */
export type TermKind = "function" | "pair" | "symbol" | "word";

/** What a channel answered to a test. */
export interface Tested {
  ok: boolean;
  message: string;
  seconds: number;
}

/** A bar length, by its usual short name. */
export type Timeframe = "1m" | "1s" | "5m";

/** What changed in a topic. */
export interface UpdateAlertsChanges {
  type: "update";
  topic: string;
  data: AlertsChanges;
}

/** What changed in a topic. */
export interface UpdatePairChanges {
  type: "update";
  topic: string;
  data: PairChanges;
}

/** What changed in a topic. */
export interface UpdateStatus {
  type: "update";
  topic: string;
  data: Status;
}

/** What changed in a topic. */
export interface UpdateWatchView {
  type: "update";
  topic: string;
  data: WatchView;
}

/** A number, or the reason why there is none: ``value`` is None exactly when there is a ``reason``. */
export type Value = [number | null, Reason | null];

/** A venue that is followed: the clock of its exchange, and what is asked of it by REST. */
export interface VenueStatus {
  name: string;
  title: string;
  exchange_clock: ExchangeClock;
  rest: RestStatus;
}

/** Every pair at one timeframe, and what the statistics of its row are. */
export interface WatchView {
  timeframe: Timeframe;
  statistics: Statistic[];
  pairs: WatchedPair[];
}

/** A pair that is followed, with its newest row at the newest prices; none while there is no row yet. */
export interface WatchedPair {
  pair: string;
  row: Row | null;
}

/** A rule that was just made or replaced, with sentences about levels that were never seen. */
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
export type Message = SnapshotPairView | SnapshotStatus | SnapshotAlertsView | UpdatePairChanges | UpdateStatus | UpdateAlertsChanges | SnapshotWatchView | UpdateWatchView | Refusal | EngineState;
