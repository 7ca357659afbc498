// How well a text answers what was typed: its letters in their order, better where they stand together or begin a word.

/** @type {(text: string) => string} */
const plain = (text) => text.toLowerCase().normalize("NFKC");
/** @type {(letter: string) => boolean} */
const isWord = (letter) => /[\p{L}\p{N}]/u.test(letter);

// null where a letter is missing; else the higher the better, and 0 for nothing typed.
/**
 * @param {string} typed
 * @param {string} text
 * @returns {number | null}
 */
function fit(typed, text) {
  const wanted = [...plain(typed)].filter(isWord);
  const letters = [...plain(text)];
  const whole = letters.join("").indexOf(wanted.join(""));
  if (wanted.length && whole >= 0) return 100 + wanted.length * 4 - whole - letters.length / 100;
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    const next = letters.indexOf(letter, at + 1);
    if (next < 0) return null;
    const begins = next === 0 || !isWord(letters[next - 1]);
    score += next === at + 1 ? 4 : begins ? 3 : 1;
    at = next;
  }
  return score - letters.length / 100;
}

// The best first; those alike stay in their order.
/**
 * @template Item
 * @param {string} typed
 * @param {Item[]} items
 * @param {(item: Item) => string} textOf
 * @param {(item: Item) => number} [favour] added where it fits
 * @returns {Item[]}
 */
export function ranked(typed, items, textOf, favour = () => 0) {
  if (!typed.trim()) return items;
  return items
    .flatMap((item) => {
      const score = fit(typed, textOf(item));
      return score === null ? [] : [{ item, score: score + favour(item) }];
    })
    .sort((a, b) => b.score - a.score)
    .map(({ item }) => item);
}
