// Counters and the values last drawn, for tests and for whoever looks into the console. Nothing reads them back.

export const hooks = {
  mounts: 0,
  snapshots: 0,
  updates: 0,
  frames: 0,
  pair: null,
  timeframe: null,
  engine: null,
  socket: null,
  lastBarTime: null,
  lastRowTime: null,
  points: 0,
  signals: 0,
  signalMarks: [],
  alertLevels: 0,
  alertMarks: [],
  visible: null,
};

window.__spreadscope = hooks;
