// When a view is drawn: at once where a person does something, and at a bounded rate where data come. A chart of six
// panes costs several milliseconds to draw; a busy pair sends more messages than an eye can tell apart.

/** At least so many ms between two drawings that data ask for: 16 a second, well below the 100 ms a trade may take. */
const DATA_GAP = 60;

export class DrawingPace {
  /**
   * @param {() => void} draw
   * @param {number} gap ms
   */
  constructor(draw, gap = DATA_GAP) {
    this.draw = draw;
    this.gap = gap;
    this.last = -Infinity;
    /** @type {number | undefined} */
    this.frame = undefined;
    /** @type {number | undefined} */
    this.pause = undefined;
  }

  // A person did something, or the clock went on: in the next frame.
  now() {
    window.clearTimeout(this.pause);
    this.pause = undefined;
    if (this.frame !== undefined) return;
    this.frame = window.requestAnimationFrame(() => {
      this.frame = undefined;
      this.last = performance.now();
      this.draw();
    });
  }

  // Data came: in the next frame too, but not sooner than the gap after the last drawing.
  soon() {
    if (this.frame !== undefined || this.pause !== undefined) return;
    const wait = this.last + this.gap - performance.now();
    if (wait <= 0) this.now();
    else this.pause = window.setTimeout(() => this.now(), wait);
  }

  end() {
    window.clearTimeout(this.pause);
    if (this.frame !== undefined) window.cancelAnimationFrame(this.frame);
    this.frame = this.pause = undefined;
  }
}
