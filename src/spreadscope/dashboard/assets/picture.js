// The chart as a picture, with what it shows and when; of a demo it says so.

import { say } from "./shared_state.js";
import { dateAndClock } from "./format.js";

/**
 * @import { Shown } from "./shared_state.js"
 * @import { Theme } from "./theme.js"
 */

const HEAD = 26;

/**
 * @param {HTMLCanvasElement} drawn
 * @param {Shown} shown
 * @param {string} words of the newest figures
 * @param {boolean} demo
 * @param {Theme} theme
 * @returns {HTMLCanvasElement}
 */
export function framed(drawn, { pair, timeframe }, words, demo, theme) {
  const scale = window.devicePixelRatio || 1;
  const head = Math.round(HEAD * scale);
  const canvas = document.createElement("canvas");
  canvas.width = drawn.width;
  canvas.height = drawn.height + head;
  const brush = canvas.getContext("2d");
  if (brush === null) throw new Error("this browser has no canvas to draw on");
  brush.fillStyle = theme.background;
  brush.fillRect(0, 0, canvas.width, canvas.height);
  brush.fillStyle = theme.text;
  brush.textBaseline = "middle";
  brush.font = `600 ${13 * scale}px ${theme.font}`;
  const title = `${demo ? "DEMO, not market data \u00b7 " : ""}${pair} ${timeframe}`;
  brush.fillText(title, 8 * scale, head / 2);
  const at = 8 * scale + brush.measureText(title).width + 14 * scale;
  brush.font = `${12 * scale}px ${theme.font}`;
  brush.fillStyle = theme.muted;
  brush.fillText(`${words} \u00b7 ${dateAndClock(Date.now())} UTC \u00b7 Spreadscope`, at, head / 2);
  brush.drawImage(drawn, 0, head);
  return canvas;
}

// Into the clipboard; where the browser forbids that, as a file.
/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} name of the file
 */
export async function handOver(canvas, name) {
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ done) => canvas.toBlob(done, "image/png"));
  if (blob === null) {
    say({ text: "The picture could not be made: the chart is too large for this browser." });
    return;
  }
  try {
    await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    say({ text: "The chart is copied as a picture." });
  } catch {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    say({ text: `This browser does not let a page copy pictures: it is saved as ${name}.` });
  }
}
