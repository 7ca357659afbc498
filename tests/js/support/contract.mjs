// Objects of the contract, whole, with what a test says of them in place of what they have else.

/**
 * @import { Alert, Bar, ConnectionStatus, Instance, Row, Rule, Signal, Statistic, Status, SymbolStatus, Value }
 *   from "../../../src/spreadscope/dashboard/assets/contract.d.ts"
 */

export const PAIR = "AUSDT/BUSDT";

/** @type {Value} */
const NONE = [null, "warming up"];

/** @type {(given?: Partial<Bar>) => Bar} */
export const bar = (given) => ({
  symbol: "AUSDT",
  timeframe: "1s",
  open_time: 1000,
  open: 10,
  high: 12,
  low: 9,
  close: 11,
  volume: 3,
  trades: 5,
  complete: true,
  origin: "tape",
  ...given,
});

/** @type {(given?: Partial<Row>) => Row} */
export const row = (given) => ({
  pair: PAIR,
  timeframe: "1s",
  time: 1000,
  price_y: 11,
  price_x: 5,
  age_y: 100,
  age_x: 200,
  n: 50,
  state: "FLAT",
  stale: false,
  incomplete: false,
  source_y: "mid",
  source_x: "mid",
  mixed: false,
  beta: NONE,
  alpha: NONE,
  beta_se: NONE,
  r_squared: NONE,
  spread: NONE,
  z: NONE,
  spread_mean: NONE,
  spread_sd: NONE,
  correlation: NONE,
  kalman_beta: NONE,
  kalman_alpha: NONE,
  kalman_spread: NONE,
  kalman_z: NONE,
  kalman_sd_z: NONE,
  kalman_ljung_box_p: NONE,
  half_life: NONE,
  adf_stat: NONE,
  adf_p: NONE,
  eg_stat: NONE,
  eg_p: NONE,
  breakdown: NONE,
  ols_beta: NONE,
  theil_sen_beta: NONE,
  beta_drift: NONE,
  value_ratio: NONE,
  cointegrated: NONE,
  coint_p: NONE,
  look_p: NONE,
  looks: NONE,
  looks_passed: NONE,
  half_life_unbiased: NONE,
  half_life_low: NONE,
  half_life_high: NONE,
  z_scaled: NONE,
  z_tail: NONE,
  z_width: NONE,
  realised_correlation: NONE,
  break_even_z: NONE,
  since_break: NONE,
  ...given,
});

/** @type {(given?: Partial<Signal>) => Signal} */
export const signal = (given) => ({
  pair: PAIR,
  timeframe: "1s",
  time: 1000,
  action: "BUY_SPREAD",
  state: "LONG",
  z: -2.1,
  spread: 0.1,
  beta: 1.2,
  price_y: 11,
  price_x: 5,
  cause: "z -2.1",
  kind: "entry",
  space: "log",
  legs: "",
  cautions: [],
  ...given,
});

/** @type {(given?: Partial<Statistic>) => Statistic} */
export const statistic = (given) => ({
  key: "z",
  label: "z-score",
  help: "",
  source: "",
  format: "signed:2",
  measure: "",
  unit: "",
  shown: true,
  card: null,
  line: null,
  rule: null,
  ...given,
});

/** @type {(given?: Partial<NonNullable<Statistic["card"]>>) => NonNullable<Statistic["card"]>} */
export const card = (given) => ({ note: "", order: 1, alarm: null, alarm_note: "", thresholds: false, ...given });

/** @type {(given?: Partial<NonNullable<Statistic["line"]>>) => NonNullable<Statistic["line"]>} */
export const line = (given) => ({
  pane: "z",
  title: "z",
  colour: "blue",
  low: null,
  high: null,
  bands: null,
  thresholds: false,
  chosen: true,
  ...given,
});

/** @type {(given?: Partial<Instance>) => Instance} */
export const instance = (given) => ({
  subject: PAIR,
  state: "inactive",
  since: 0,
  value: null,
  reason: "",
  incident: "",
  acknowledged: false,
  ...given,
});

/** @type {(given?: Partial<Rule>) => Rule} */
export const rule = (given) => ({
  rule_id: "r1",
  text: "z > 2",
  subject: PAIR,
  timeframe: "1s",
  name: "",
  severity: "warning",
  recover: null,
  keep_seconds: 0,
  cooldown_seconds: 0,
  cap_per_hour: 12,
  once: false,
  notify_resolved: true,
  notify_no_data: false,
  channels: [],
  enabled: true,
  origin: "page",
  muted_until: 0,
  words: "",
  state: "inactive",
  value: null,
  threshold: 2,
  levels: [],
  held_back: null,
  instances: [],
  ...given,
});

/** @type {(given?: Partial<Alert>) => Alert} */
export const alert = (given) => ({
  rule_id: "r1",
  name: "",
  text: "z > 2",
  subject: PAIR,
  timeframe: "1s",
  time: 5000,
  state: "firing",
  value: 2.5,
  threshold: 2,
  severity: "warning",
  incident: "i1",
  words: "",
  notify: "firing",
  suppressed: "",
  late: false,
  ...given,
});

/** @type {(given?: Partial<ConnectionStatus>) => ConnectionStatus} */
export const connection = (given) => ({
  name: "market",
  state: "connected",
  since: 0,
  streams: 2,
  reconnects: 0,
  renewals: 0,
  last_frame_age_ms: 10,
  silent_ms: 0,
  paused: false,
  detail: "",
  ...given,
});

/** @type {(given?: Partial<SymbolStatus>) => SymbolStatus} */
export const symbol = (given) => ({
  symbol: "AUSDT",
  venue: "binance-futures",
  connection: "market",
  state: "ok",
  last_price: 11,
  last_time: 1000,
  age_ms: 100,
  lag_ms: 5,
  trades: 1,
  first_id: 1,
  last_id: 1,
  open_gaps: 0,
  missing: 0,
  detail: "",
  ...given,
});

/** @type {(given?: Partial<Status>) => Status} */
export const status = (given) => ({
  version: "0",
  mode: "demo",
  source: "",
  demo: false,
  data: "",
  now: 1_000_000,
  market_time: 1_000_000,
  started: 1,
  starting: "",
  config: {
    timeframe: "1s",
    signals: {
      entry: 2,
      exit: 0.5,
      stop: 4,
      time_stop_half_lives: 3,
      time_stop_from: "upper",
      time_stop_seconds: 0,
      scaled: false,
      need_evidence: false,
    },
    analytics: {
      hedge: "ols",
      space: "log",
      intercept: true,
      hedge_window: 1440,
      z_window: 1440,
      stale_seconds: 5,
      direction: "y_on_x",
      kalman: "ml",
      kalman_delta: 0,
      kalman_r: 0,
      correlation_window: 60,
      max_lags: 5,
      minimum_rows: 30,
      evidence_window: 0,
      evidence_level: 0.05,
    },
  },
  connections: [connection()],
  symbols: [symbol()],
  pairs: [PAIR],
  rates: { messages_per_second: 10, trades_per_second: 5 },
  queue: { events: 0, store: 0, store_bytes: 0 },
  loop_lag_ms: 0,
  exchange_clock: { offset_ms: 0, round_trip_ms: 1, real_time: true, steps: 0 },
  rest: {
    weight_used: 0,
    weight_limit: 2400,
    blocked_seconds: 0,
    banned_seconds: 0,
    refusals: 0,
    trades_missing: 0,
    trades_fetched: 0,
  },
  venues: [],
  alerts: {
    rules: 0,
    firing: 0,
    file: { path: "", rules: 0, error: null },
    channels: { configured: 0, waiting: 0, dead: 0 },
  },
  archive: { enabled: false, running: false, next_run: null, last_run: null, space: null },
  alarms: [],
  playback: null,
  ...given,
});
