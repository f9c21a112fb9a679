// Writes the address, and notices Back and Forward. Nothing of it is visible. A new page, tab or
// run gets an entry in the browser's history; changed settings replace the present entry. It also
// sets the language of the page.

const DINO_PATIENCE = 2000;  // milliseconds until something is asked again
const DINO_RARELY = 30000;  // at most: each wait for the server is twice the one before

class DinoAddress {
  constructor() {
    // steps: history steps that the server has followed; awaited: how many it should have followed
    // once it is done, 0 for none; repeats: how often the last step was repeated, which the server
    // may count too.
    Object.assign(this, { visit: "", at: 0, steps: 0, awaited: 0, repeats: 0, last: null, key: "" });
    addEventListener("popstate", () => this.step());
    // A visitor who follows a link at once has gone elsewhere.
    addEventListener("click", ({ target }) => {
      if (target.closest?.("a[href]")) this.awaited = 0;
    }, true);
    // Streamlit makes an entry for a page even if its run ends after the visitor's next step has
    // left it.
    const push = history.pushState.bind(history);
    history.pushState = (...entry) => { if (!this.awaited) push(...entry); };
  }

  // Take what a script drew. ask(value): sends the value for the callback `arrive`.
  take(data, ask) {
    this.ask = ask ?? this.ask;
    this.key = data.key && dinoKey(data.key, data.refused);
    const isNew = data.visit !== this.visit;
    this.first ??= dinoFrameQuery();
    const wanted = this.visit ? query() : this.first;
    const missed = isNew && data.read !== wanted && (this.visit || wanted !== query());
    if (data.waits || missed || this.key !== data.key) return this.arrive(data.visit);
    this.arriving = clearTimeout(this.arriving);
    if (isNew) Object.assign(this, { visit: data.visit, at: 0, awaited: 0, repeats: 0, last: null });
    if (data.at < this.at) return;
    Object.assign(this, { at: data.at, link: data.link });
    const followed = data.steps > this.steps && data.followed === query();  // of two steps, both
    if (!this.awaited) this.steps = data.steps;
    else if (data.steps < this.awaited && !followed) return;  // it was drawn before the step
    if (this.awaited) {  // a click may have led elsewhere meanwhile
      const last = { ...data, place: data.followed_to, path: location.pathname };
      Object.assign(this, { last, steps: data.steps });
    }
    this.awaited = 0;
    this.write(data);
  }

  // The server waits for this browser's key, took it for another one, or read an old address: when
  // the connection came back, it began a new session. Tell it until it knows. asker: the session
  // that asks; another one is told at once.
  arrive(asker) {
    const asked = JSON.stringify([asker, this.key]);
    if (this.arriving && this.asked === asked) return;
    clearTimeout(this.arriving);
    const said = this.visit ? query() : this.first;
    const forgets = Boolean(this.key) && dinoForgets();
    const told = { key: this.key, query: said, forgets, at: performance.now() };
    this.asked = asked;
    this.tell(told, DINO_PATIENCE);
  }

  // On a slow server, each question breaks off the script that would answer the one before.
  tell(told, milliseconds) {
    const next = Math.min(2 * milliseconds, DINO_RARELY);
    this.arriving = setTimeout(() => this.tell(told, next), milliseconds);
    this.ask?.(told);
  }

  // Back or Forward. Streamlit runs the page of that entry, and the server follows. Until then
  // write nothing, because it would overwrite the entry.
  step() {
    if (this.repeating || isAnchor(this.shown)) return;
    this.awaited = Math.max(this.awaited, this.steps) + 1 + this.repeats;
    this.repeats = 0;
    this.shown = here();
    this.repeatStep(DINO_PATIENCE);
  }

  // If another click comes at the same time, Streamlit loses the request for the step. Repeat it.
  repeatStep(milliseconds) {
    clearTimeout(this.reminder);
    this.reminder = setTimeout(() => {
      if (!this.awaited) return;
      this.repeating = true;
      this.repeats += 1;
      dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
      this.repeating = false;
      this.repeatStep(2 * milliseconds);
    }, milliseconds);
  }

  write(data, tries = 20) {
    const { last } = this, { page, place } = data;
    if (data.at !== this.at || this.awaited) return;
    const isNewPage = last && last.page !== page, isNewPath = last?.path !== location.pathname;
    if (last && isNewPage !== isNewPath && tries) {  // Streamlit is about to write the path
      return void setTimeout(() => this.write(data, tries - 1), 50);
    }
    // An untrained network needs no entry, because nobody goes back to it; nor does an erased run.
    // A page begins without tab and run.
    const pushes = last && !isNewPage && last.by === data.by && (last.place.tab !== place.tab
      || last.place.look !== place.look || (last.place.run && last.place.run !== place.run));
    const wanted = location.pathname + joined(data.query, embedding()) + location.hash;
    try {
      const state = dinoCarried();
      const differs = wanted !== here() + location.hash || history.state?.dino !== state.dino;
      if (pushes) history.pushState(state, "", wanted);
      else if (differs) history.replaceState(state, "", wanted);
    } catch {  // Safari limits how many per minute
      return void setTimeout(() => this.write(data), DINO_PATIENCE);
    }
    this.last = { page, place, by: data.by, path: location.pathname };
    this.shown = here();
    dinoTellHost();
  }
}

const here = () => location.pathname + location.search;
const query = () => location.search.slice(1);

// Streamlit ignores a step to another anchor of the same page.
const isAnchor = (shown) => location.href.includes("#") && here() === shown;

// The part of the address that Streamlit reads itself, and keeps.
function embedding() {
  const all = [...new URLSearchParams(location.search)];
  return new URLSearchParams(all.filter(([name]) => name.startsWith("embed"))).toString();
}

function joined(...queries) {
  const parts = queries.filter(Boolean);
  return parts.length ? "?" + parts.join("&") : "";
}

export default function ({ data: [data], setTriggerValue }) {
  const address = (window.dinoAddress ??= new DinoAddress());
  dinoForget(data.erased);
  dinoHoldLinks();
  document.documentElement.lang = data.language;  // for screen readers and for translators
  address.take(data, data.asks ? (value) => setTriggerValue("here", value) : null);
}
