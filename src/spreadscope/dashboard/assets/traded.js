// Which of a row's figures signals act on: those of the hedge ratio that the engine's configuration names.

const UNKNOWN = [null, "not told yet"];

// {z, spread, beta, mean, sd}, each [number, null] or [null, reason]. The Kalman filter's spread is its error of prediction, which is
// expected to be 0 and has the deviation by which its z was made.
export function traded(row, hedge) {
  if (hedge !== "kalman") return { z: row.z, spread: row.spread, beta: row.beta, mean: row.spread_mean, sd: row.spread_sd };
  const { kalman_z: z, kalman_spread: spread, kalman_beta: beta } = row;
  const known = z[0] !== null && z[0] !== 0 && spread[0] !== null;
  return { z, spread, beta, mean: known ? [0, null] : UNKNOWN, sd: known ? [spread[0] / z[0], null] : UNKNOWN };
}

export const hedgeOf = (status) => status?.config.analytics.hedge ?? "ols";

// The field of a row that a rule means by z, spread or beta.
export const tradedField = (field, hedge) => (hedge === "kalman" && ["z", "spread", "beta"].includes(field) ? `kalman_${field}` : field);
