// Chips on the next symbol of a name: each cell is a symbol, and a tap puts chips on it. Until the
// bet is placed, only the browser counts them. The next symbol is sent only after that.

const SIZES = [1, 5, 10, 25], BIT = 10;  // chips per tap; the first size is BIT
const DRAFTS = "dino-learn-chips";  // in the browser's storage: chips of bets that are not placed

function drafts() {
  try {
    return JSON.parse(localStorage.getItem(DRAFTS)) ?? {};
  } catch {
    return {};  // no storage, or nonsense in it
  }
}

// Keep the chips of a bet for a reload; null removes those of a placed bet.
function keepDraft(of, counts) {
  const kept = { ...drafts(), [of]: counts ?? undefined };
  try {
    localStorage.setItem(DRAFTS, JSON.stringify(kept));
  } catch { /* a browser that blocks storage forgets them at a reload */ }
}

// The chips that were kept, if they fit these symbols; else no chips.
function keptDraft(of, symbols, total) {
  const counts = drafts()[of];
  const isOne = Array.isArray(counts) && counts.length === symbols.length
    && counts.every((count) => Number.isInteger(count) && count >= 0)
    && counts.reduce((sum, count) => sum + count, 0) <= total;
  return isOne ? counts : symbols.map(() => 0);
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".chips");
  const { words, symbols, total } = data;
  if (data.chips) {
    host.draft = null;
    if (drafts()[data.of]) keepDraft(data.of, null);
  } else host.draft ??=
    { counts: keptDraft(data.of, symbols, total), size: BIT, takes: false, at: 0 };
  const draft = host.draft;
  const counts = data.chips ?? draft.counts;
  const left = () => total - counts.reduce((sum, count) => sum + count, 0);

  function move(i, takes) {
    const most = takes ? counts[i] : left();
    counts[i] += (takes ? -1 : 1) * Math.min(draft.size, most);
    draft.at = i;
    keepDraft(data.of, counts);
    show();
  }

  function button(text, to, act, name = "") {
    const made = make("button", text, to, name);
    made.type = "button";
    made.onclick = () => { act(); show(); };
    return made;
  }

  function show() {
    cells.forEach((cell, i) => {
      const [letter, count] = cell.children;
      letter.textContent = symbols[i];
      count.textContent = counts[i] || "";
      cell.style.setProperty("--share", (100 * counts[i]) / total + "%");
      cell.setAttribute("aria-label", `${symbols[i]}: ${counts[i]} ${words.chips}`);
      cell.classList.toggle("target", i === data.target);
      cell.disabled = !draft;
      cell.tabIndex = draft && i === draft.at ? 0 : -1;
    });
    if (!draft) return;
    number.textContent = left();
    sizes.forEach((each, i) => each.setAttribute("aria-pressed", SIZES[i] === draft.size));
    take.setAttribute("aria-pressed", draft.takes);
    each.disabled = left() < symbols.length;
    clear.disabled = left() === total;
    place.disabled = left() > 0;
  }

  function key(event, i) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = getComputedStyle(grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
    const typed = symbols.indexOf(event.key.toLowerCase());
    if (event.key in steps) focus(i + steps[event.key]);
    else if (["Backspace", "Delete", "-"].includes(event.key)) move(i, true);
    else if (typed >= 0) { move(typed, event.shiftKey); focus(typed); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  function focus(i) {
    if (!cells[i]) return;
    draft.at = i;
    show();
    cells[i].focus();
  }

  const root = document.createElement("div");
  const head = make("div", "", root, "head");
  const name = make("p", data.start, head, "name");
  make("b", data.target === null ? "?" : symbols[data.target], name);
  let number, sizes, take, each, clear, place;
  if (draft) {
    const status = make("p", words.left + " ", head, "left");
    status.setAttribute("role", "status");
    number = make("b", "", status);
    const bar = make("div", "", root, "bar");
    make("span", words.size, bar);
    sizes = SIZES.map((size) => button(String(size), bar, () => { draft.size = size; }, "size"));
    sizes.forEach((it, i) => it.setAttribute("aria-label", `${words.size} ${SIZES[i]}`));
    take = button(words.take, bar, () => { draft.takes = !draft.takes; });
    const all = (change) => () => { change(); keepDraft(data.of, counts); };
    each = button(words.each, bar, all(() => counts.forEach((_, i) => { counts[i] += 1; })));
    clear = button(words.clear, bar, all(() => counts.fill(0)));
  }
  const grid = make("div", "", root, "grid own-keys");
  grid.setAttribute("role", "group");
  grid.setAttribute("aria-label", words.group);
  const cells = symbols.map((_, i) => {
    const cell = make("button", "", grid, "cell");
    cell.type = "button";
    make("span", "", cell, "letter");
    make("span", "", cell, "count");
    cell.onclick = () => move(i, draft.takes);
    cell.onkeydown = (event) => key(event, i);
    return cell;
  });
  if (draft) {
    place = button(words.place, root, () => setTriggerValue("placed", [...counts]), "place");
  }
  const draw = () => {
    const active = parentElement.activeElement ?? document.activeElement;
    const at = [...host.querySelectorAll(".cell")].indexOf(active);
    const series = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors");
    host.style.setProperty("--chosen", series.split(",")[2]);
    host.replaceChildren(root);
    show();
    if (at >= 0 && draft) cells[at].focus({ preventScroll: true });
  };
  return keepLatest(host, draw);
}
