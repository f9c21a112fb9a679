// Says when the page has lost its server and when the server has started again, and loads a page of
// an older version of the app again, once. Streamlit itself tries to connect, first every tenth of
// a second, later every four seconds.

const DINO_GRACE = 1000;  // milliseconds without a server until the page says so
const DINO_LATE = 60000;  // and until it says what may help
const DINO_READ = 2500;  // milliseconds to read a sentence, before the page loads again
const DINO_REPEAT = 2000, DINO_SELDOM = 60000;  // until it asks again to be drawn: at first, at most
const DINO_STATE = "data-test-connection-state", DINO_GONE = "DISCONNECTED_FOREVER";
const DINO_RENEWED = "dino-renewed", DINO_IS_NEW = "dino-is-new";  // in the tab's storage
const DINO_LOOK = ["--st-text-color", "--st-background-color", "--st-font"];
// What asks the server, or opens a box of what asks it, besides Streamlit's own widgets, which
// Streamlit disables itself.
const DINO_ASKING =
  "[data-testid^=stBidiComponent], [data-testid=stPageLink], [data-testid=stPopover]";
const DINO_ACTS = "a,button,input,[role=slider],.clickable";
// What works without a server: charts, pictures, links to copy, the glossary, the steps of a lesson
// on a projector, and printing.
const DINO_WORKS = ".dino-chart, .dino-strip, .share, .glossary, .bar > .next, .print";
// Streamlit's words about a lost server, which are for the person who runs it. They have no part of
// a page; while they are open, nobody can scroll.
const DINO_DIALOG = "[data-testid=stDialog]:not(:has([data-testid=stVerticalBlock]))";

class DinoAway {
  constructor() {
    Object.assign(this, { lost: false, shown: "", data: null, still: [], asked: 0, closed: 0 });
    this.app = document.querySelector(`[${DINO_STATE}]`);  // null in another Streamlit
    if (!this.app) return;
    new MutationObserver(() => this.look()).observe(this.app, { attributeFilter: [DINO_STATE] });
    this.dialogs = new MutationObserver(() => this.closeDialog());
  }

  // Take what a script drew. ask(value): asks for a drawing. host: a part in the page's colours.
  take(data, ask, host) {
    const before = this.data;
    Object.assign(this, { data, ask, host });
    this.asking = clearTimeout(this.asking);
    if (!before) {
      if (dinoTab((store) => store.getItem(DINO_IS_NEW))) this.say("renewed");
      dinoTab((store) => store.removeItem(DINO_IS_NEW));
    } else if (data.version !== before.version && this.renew(data.version)) return;
    else if (data.server !== before.server) this.say("began");
  }

  look() {
    const state = this.app.getAttribute(DINO_STATE), lost = state !== "CONNECTED";
    const isGone = state === DINO_GONE, begins = lost && !this.lost;
    if (lost === this.lost && !isGone) return;
    this.lost = lost;
    clearTimeout(this.grace);
    clearTimeout(this.late);
    if (!lost) return this.comeBack();
    if (begins) {  // a script of a new server may write another address
      this.href = location.href;
      this.focused = dinoFocused();  // what Streamlit disables loses it
    }
    if (isGone) return this.leave("ended");
    this.grace = setTimeout(() => this.leave("away"), DINO_GRACE);
    this.late = setTimeout(() => this.leave("late"), DINO_LATE);
  }

  leave(words) {
    clearTimeout(this.grace);
    this.say(words);
    document.documentElement.dataset.dinoAway = "";
    this.dialogs.observe(document.body, { childList: true, subtree: true });
    for (const part of document.querySelectorAll(DINO_ASKING)) {
      if (part.inert || dinoFind(part, DINO_WORKS) || !dinoFind(part, DINO_ACTS)) continue;
      if (part.contains(document.activeElement)) this.focused = dinoFocused();
      part.inert = true;
      part.dataset.dinoStill = "";  // no class: Streamlit replaces all classes of a part
      this.still.push(part);
    }
  }

  comeBack() {
    if (!("dinoAway" in document.documentElement.dataset)) return;
    delete document.documentElement.dataset.dinoAway;
    this.dialogs.disconnect();
    for (const part of this.still.splice(0)) {
      part.inert = false;
      delete part.dataset.dinoStill;
    }
    if (dinoFocused() === document.body) this.focused?.focus({ preventScroll: true });
    this.bar?.remove();
    window.dinoEvents?.restart();
    // A page at rest would show what an earlier server drew, and its buttons would do nothing.
    this.askAgain(DINO_REPEAT);
  }

  // Ask for a drawing until there is one, but ever more seldom: on a slow server, each question
  // breaks off the script that would answer the one before.
  askAgain(milliseconds) {
    clearTimeout(this.asking);
    const next = Math.min(2 * milliseconds, DINO_SELDOM);
    this.asking = setTimeout(() => this.askAgain(next), milliseconds);
    this.ask("back", (this.asked += 1));
  }

  closeDialog() {
    const close = document.querySelector(`${DINO_DIALOG} button[aria-label=Close]`);
    if (!close) return;
    this.closed += 1;
    close.click();  // Streamlit opens it no more until it has lost the server again
  }

  // Load the page again, but not twice for the same version, and once for as long as it lives.
  // Return whether it does.
  renew(version) {
    const known = JSON.parse(dinoTab((store) => store.getItem(DINO_RENEWED)) || "[]");
    if (this.renews || known.includes(version)) return Boolean(this.renews);
    this.renews = true;
    dinoTab((store) => store.setItem(DINO_RENEWED, JSON.stringify([...known, version])));
    this.say("renews");
    setTimeout(() => {
      dinoTab((store) => store.setItem(DINO_IS_NEW, "1"));
      if (this.href) history.replaceState(history.state, "", this.href);
      dinoTab(dinoNoteFrame);
      location.reload();
    }, DINO_READ);
    return true;
  }

  // Show a sentence by its key; it can be closed if the page works.
  say(words) {
    this.bar?.remove();
    this.bar = make("div", "", document.body, "dino-away-bar");
    this.bar.setAttribute("role", "alert");
    this.bar.setAttribute("data-react-aria-top-layer", "true");  // no dialog takes it from readers
    const look = getComputedStyle(this.host);
    for (const name of DINO_LOOK) this.bar.style.setProperty(name, look.getPropertyValue(name));
    make("span", this.data.words[words], this.bar);
    if (words !== "began" && words !== "renewed") return;
    const close = make("button", "×", this.bar);
    Object.assign(close, { type: "button", title: this.data.words.close });
    close.setAttribute("aria-label", this.data.words.close);
    close.onclick = () => this.bar.remove();
  }
}

// A part of an element, also where its styles are isolated.
const dinoFind = (element, wanted) => element.querySelector(wanted)
  ?? [element, ...element.querySelectorAll("*")].find((it) => it.shadowRoot?.querySelector(wanted));

// The element with the focus, also where its styles are isolated; the body if no other has it.
function dinoFocused(root = document) {
  const found = root.activeElement;
  return found?.shadowRoot?.activeElement ? dinoFocused(found.shadowRoot) : found;
}

// A frame of another site finds its address in the tab's storage (host_page.js).
function dinoNoteFrame(store) {
  const kept = JSON.parse(store.getItem("dino-frame")), here = location.pathname + location.search;
  if (kept) store.setItem("dino-frame", JSON.stringify({ ...kept, here }));
}

// What the tab's storage gives; null if the browser denies it.
function dinoTab(use) {
  try {
    return use(sessionStorage) ?? null;
  } catch {
    return null;
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-away");
  return keepLatest(host, () =>
    (window.dinoAway ??= new DinoAway()).take(data, setTriggerValue, host));
}
