// A moment as the network's picture draws it: how one name was written, letter by letter, and the
// same in sentences. The letters come from a list, so they are only drawn or set as text.

const unpacked = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// T: number of symbols that were taken; K: number of bars; state (T·units), probs (T·K): bytes.
function readMoment(written) {
  const T = written.ids.length, state = unpacked(written.state), probs = unpacked(written.probs);
  const shown = written.shown && unpacked(written.shown);
  return { ...written, T, K: probs.length / T, state, probs, shown };
}

// The index of the symbol at bar i, and the bar of the symbol that was taken.
const symbolAt = (moment, t, i) => (moment.shown ? moment.shown[t * moment.K + i] : i);
function chosenAt(moment, t) {
  if (!moment.shown) return moment.ids[t];
  return moment.shown.subarray(t * moment.K, (t + 1) * moment.K).indexOf(moment.ids[t]);
}

// Where each bar's stretch of the ruler from 0 to 1 begins, and where the last one ends. The
// symbols without bars come after them. probs: as they are drawn, 0 to 255.
function stretchesOf(probs, all) {
  const total = probs.reduce((sum, p) => sum + p, 0), whole = all ? total : Math.max(255, total);
  const edges = [0];
  for (const p of probs) edges.push(edges.at(-1) + p / (whole || 1));
  return edges;
}

// Numbers as the server writes them. marks: the decimal mark and that of thousands.
function written(value, digits, [decimal, thousands]) {
  const [whole, part] = Math.abs(value).toFixed(digits).split(".");
  const parted = whole.length > 4 || thousands === ","
    ? whole.replace(/\B(?=(\d{3})+$)/g, thousands) : whole;
  return (value < 0 ? "\u2212" : "") + parted + (part ? decimal + part : "");
}

const filled = (template, fields) =>
  template.replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);
const apart = (letters) => `\u2068${letters}\u2069`;  // each script in its own direction

const MOST_BEFORE = 12;  // letters before the one that is read, in the sentence

// Say what the picture shows at letter t.
function momentSentence(moment, t, { words, separators }) {
  const { ids, symbols, K, T } = moment, probs = moment.probs.subarray(t * K, (t + 1) * K);
  const order = [...probs.keys()].sort((a, b) => probs[b] - probs[a] || a - b).slice(0, 3)
    .filter((i, rank) => !rank || probs[i] > 1);  // without those of 0 %
  const likely = order.map((i) => filled(words.likely, {
    symbol: apart(symbols[symbolAt(moment, t, i)]), percent: written(probs[i] / 2.55, 0, separators),
  }).replaceAll(" ", "\u00a0")).join(", ");  // keep a letter and its share on one line
  const letter = (i) => apart(symbols[ids[i]]), draw = written(moment.draws[t], 2, separators);
  const first = Math.max(0, t - 1 - MOST_BEFORE), passed = ids.slice(first, Math.max(0, t - 1));
  const before = apart((first ? "…" : "") + passed.map((i) => symbols[i]).join(""));
  const read = t > 1 ? words.read : t ? words.first : words.start;
  const falls = ids[t] === 0 ? words.ends : words.falls;
  const isCut = t === T - 1 && !moment.finished;
  return [filled(read, { letter: t ? letter(t - 1) : "", before, likely }),
          filled(falls, { draw, chosen: letter(t) }), isCut && words.cut].filter(Boolean).join(" ");
}
