// The controls around a rule's text: of what, on which bars, how urgent.

import { element } from "../dom.js";

const TIMEFRAMES = ["1s", "1m", "5m"];
const SEVERITIES = ["info", "warning", "critical"];

export class Picker {
  constructor(label, onChange) {
    this.root = element("label", "picker");
    this.select = element("select");
    this.select.addEventListener("change", onChange);
    this.root.append(element("span", "label", label), this.select);
    this.drawn = "";
  }

  get value() {
    return this.select.value;
  }

  set value(value) {
    if (![...this.select.options].some((option) => option.value === value)) this.select.append(choice(value));
    this.select.value = value;
  }

  // `groups`: [[label, [value]]]; what is chosen stays chosen.
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

function choice(value) {
  const option = element("option", "", value);
  option.value = value;
  return option;
}

export const timeframePicker = (onChange) => fixedPicker("on bars of", TIMEFRAMES, onChange);

export const severityPicker = (onChange) => fixedPicker("severity", SEVERITIES, onChange);

function fixedPicker(label, values, onChange) {
  const picker = new Picker(label, onChange);
  picker.offer([["", values]]);
  return picker;
}

// `quick`: the pair that is looked at and its legs alone.
export function subjectGroups({ quick, pairs, symbols, subject }) {
  if (quick) return [["", [subject, ...subject.split("/")]]];
  return [
    ["Pairs", pairs],
    ["Symbols", symbols],
    ["All, present and future", ["any pair", "any symbol"]],
  ];
}
