// z of a pair's last rows as a small line on a canvas. It is drawn anew when a row has closed, not with every price.

/**
 * @import { Trail } from "./rows.js"
 *
 * @typedef {{ line: string, level: string, zero: string }} TrailColours
 */

const POINTS = 60;
const EDGE = 2;
const FAINT = 0.4; // of the levels: the line is what one looks at

// The height of z on the canvas: the levels are always in sight, and a far z is inside too.
/** @type {(trail: Trail, entry: number) => number} */
function reachOf(trail, entry) {
  let reach = entry * 1.25 || 1;
  for (const [, z] of trail) if (z !== null) reach = Math.max(reach, Math.abs(z));
  return reach;
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {{ width: number, height: number }} size
 * @param {{ trail: Trail, entry: number }} told
 * @param {TrailColours} colours
 */
export function drawTrail(pen, { width, height }, { trail, entry }, colours) {
  pen.clearRect(0, 0, width, height);
  const reach = reachOf(trail, entry);
  /** @type {(z: number) => number} */
  const y = (z) => height / 2 - (z / reach) * (height / 2 - EDGE);
  const step = (width - 2 * EDGE) / (POINTS - 1);
  const first = width - EDGE - (trail.length - 1) * step;
  const levels = [entry, 0, -entry];
  for (const level of levels) {
    pen.globalAlpha = level === 0 ? 1 : FAINT;
    pen.fillStyle = level === 0 ? colours.zero : colours.level;
    pen.fillRect(0, Math.round(y(level)), width, 1);
  }
  pen.globalAlpha = 1;
  pen.beginPath();
  let down = false;
  trail.forEach(([, z], index) => {
    if (z !== null && down) pen.lineTo(first + index * step, y(z));
    else if (z !== null) pen.moveTo(first + index * step, y(z));
    down = z !== null;
  });
  pen.strokeStyle = colours.line;
  pen.lineWidth = 1.25;
  pen.stroke();
}
