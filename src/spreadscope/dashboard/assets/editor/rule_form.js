// The controls around a rule's text: of what, on which bars, how urgent.

import { element } from "../dom.js";
import { SEVERITIES, TIMEFRAMES } from "../enums.js";

/** @import { Severity, Timeframe } from "../contract.d.ts" */
/** @typedef {[label: string, values: readonly string[]]} Group */

// One of a few texts.
/** @template {string} Value */
export class Picker {
  /**
   * @param {string} label
   * @param {() => void} onChange
   */
  constructor(label, onChange) {
    this.root = element("label", "picker");
    this.select = element("select");
    this.select.addEventListener("change", onChange);
    this.root.append(element("span", "label", label), this.select);
    this.drawn = "";
  }

  get value() {
    return /** @type {Value} */ (this.select.value);
  }

  set value(value) {
    if (![...this.select.options].some((option) => option.value === value)) this.select.append(choice(value));
    this.select.value = value;
  }

  // `groups`: [[label, [value]]]; what is chosen stays chosen.
  /** @param {Group[]} groups */
  offer(groups) {
    const key = JSON.stringify(groups);
    if (key === this.drawn) return;
    this.drawn = key;
    const { value } = this;
    this.select.replaceChildren(
      ...groups
        .filter(([, values]) => values.length)
        .flatMap(([label, values]) => {
          if (!label) return values.map(choice);
          const group = element("optgroup");
          group.label = label;
          group.append(...values.map(choice));
          return [group];
        }),
    );
    if (value) this.value = value;
  }
}

/** @param {string} value */
function choice(value) {
  const option = element("option", "", value);
  option.value = value;
  return option;
}

/** @type {(onChange: () => void) => Picker<Timeframe>} */
export const timeframePicker = (onChange) => fixedPicker("on bars of", TIMEFRAMES, onChange);

/** @type {(onChange: () => void) => Picker<Severity>} */
export const severityPicker = (onChange) => fixedPicker("severity", SEVERITIES, onChange);

/**
 * @template {string} Value
 * @param {string} label
 * @param {readonly Value[]} values
 * @param {() => void} onChange
 * @returns {Picker<Value>}
 */
function fixedPicker(label, values, onChange) {
  /** @type {Picker<Value>} */
  const picker = new Picker(label, onChange);
  picker.offer([["", values]]);
  return picker;
}

// `quick`: the pair that is looked at and its legs alone.
/**
 * @param {{ quick: boolean, pairs: string[], symbols: string[], subject: string }} given
 * @returns {Group[]}
 */
export function subjectGroups({ quick, pairs, symbols, subject }) {
  if (quick) return [["", [subject, ...subject.split("/")]]];
  return [
    ["Pairs", pairs],
    ["Symbols", symbols],
    ["All, present and future", ["any pair", "any symbol"]],
  ];
}
