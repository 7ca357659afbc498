// A series on the chart that knows which times it holds, since the library tells apart the newest point, a point that
// is there, and one that would have to go in between.

export class Drawn {
  constructor(series) {
    this.series = series;
    this.times = new Set();
    this.last = -Infinity;
  }

  all(points) {
    this.series.setData(points);
    this.times = new Set(points.map((point) => point.time));
    this.last = points.length ? points[points.length - 1].time : -Infinity;
  }

  // Draws one point; false when only drawing everything anew can place it.
  put(point) {
    if (point.time >= this.last) {
      this.series.update(point);
      this.times.add(point.time);
      this.last = point.time;
      return true;
    }
    if (!this.times.has(point.time)) return false;
    this.series.update(point, true);
    return true;
  }
}

export const seconds = (milliseconds) => Math.floor(milliseconds / 1000);

export const LENGTHS = { "1s": 1000, "1m": 60000, "5m": 300000 };

// The time, on the chart, of the bar that ended at `end` (ms), or of the one that was under way then: bars are [start,
// end).
export function barEndedBy(end, timeframe) {
  const last = end - 1;
  return seconds(last - (last % LENGTHS[timeframe]));
}

// A candle; a closed one that may still lack trades is grey, so that nobody trades on it unawares.
export function candle(bar, theme, forming = false) {
  const point = { time: seconds(bar.open_time), open: bar.open, high: bar.high, low: bar.low, close: bar.close };
  if (bar.complete || forming) return point;
  return {
    ...point,
    color: bar.close >= bar.open ? theme.background : theme.gray,
    borderColor: theme.gray,
    wickColor: theme.gray,
  };
}

// A point of a line from a value with validity. Without a number there is a hole in the line, never a zero.
export function linePoint(row, value, theme) {
  const time = seconds(row.time);
  if (value === null || !Number.isFinite(value)) return { time };
  return row.stale || row.incomplete ? { time, value, color: theme.gray } : { time, value };
}

export const number = (pair) => (pair ? pair[0] : null);

// A row's mean and so many deviations of it; `bands`: the keys of both.
export function band(row, [mean, deviation], deviations) {
  const [middle, width] = [number(row[mean]), number(row[deviation])];
  return middle === null || width === null ? null : middle + deviations * width;
}
