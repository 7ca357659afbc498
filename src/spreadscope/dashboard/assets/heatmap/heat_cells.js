// Where the cells of a heat map lie. Row and column are places of symbols; below the diagonal stands the correlation of
// a pair, above it its p.

/** @typedef {{ row: number, column: number }} Cell */

// Pairs stand in the order (0, 1), (0, 2), …, (1, 2), …: the place of a pair in it, for either order of its symbols.
/**
 * @param {number} first
 * @param {number} second
 * @param {number} count of symbols
 */
export function placeOf(first, second, count) {
  const [low, high] = first < second ? [first, second] : [second, first];
  return low * count - (low * (low + 1)) / 2 + (high - low - 1);
}

// The cell under a point of the map, `size` wide; null on the diagonal and beside the map.
/**
 * @param {number} x
 * @param {number} y
 * @param {number} size
 * @param {number} count
 * @returns {Cell | null}
 */
export function cellAt(x, y, size, count) {
  const [column, row] = [Math.floor((x / size) * count), Math.floor((y / size) * count)];
  const inside = row >= 0 && column >= 0 && row < count && column < count;
  return inside && row !== column ? { row, column } : null;
}

// The cell where an arrow leads; the diagonal is stepped over, and the edge holds.
/**
 * @param {Cell} cell
 * @param {string} key
 * @param {number} count
 * @returns {Cell | null} null for a key that leads nowhere
 */
export function moved({ row, column }, key, count) {
  /** @type {Record<string, [number, number]>} */
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const last = count - 1;
  if (key === "Home") return row === 0 ? { row, column: 1 } : { row, column: 0 };
  if (key === "End") return row === last ? { row, column: last - 1 } : { row, column: last };
  const step = steps[key];
  if (step === undefined) return null;
  for (const far of [1, 2]) {
    const next = { row: row + far * step[0], column: column + far * step[1] };
    if (next.row < 0 || next.column < 0 || next.row > last || next.column > last) return { row, column };
    if (next.row !== next.column) return next;
  }
  return { row, column };
}
