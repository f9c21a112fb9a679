// The glossary: a button and the browser's own dialog, which keeps the focus inside, closes with
// Escape and covers the whole page.

function plainText(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[\u2010-\u2013]/g, "-").toLowerCase();
}

class Glossary {
  constructor(host) {
    this.get = (selector) => host.querySelector(selector);
    this.dialog = this.get("dialog");
    this.search = this.get("input");
    this.get(".open").onclick = () => this.open();
    this.get(".close").onclick = () => this.dialog.close();
    this.search.oninput = () => this.filter();
    this.dialog.onclose = () => this.get("dl").replaceChildren();
    this.dialog.onclick = ({ target }) => { if (target === this.dialog) this.dialog.close(); };
    // Else the page would take a typed letter for one of its shortcuts.
    this.dialog.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key !== "Escape") return;
      event.preventDefault();  // a search box would only be emptied
      this.dialog.close();
    };
  }

  open() {
    const entries = this.data.entries.map((entry) => this.entry(entry, this.data.page));
    this.get("dl").replaceChildren(...entries);
    this.dialog.showModal();
    this.filter();
    // On a phone, the keyboard would cover half of the terms.
    if (matchMedia("(pointer: coarse)").matches) this.get(".close").focus();
    else this.search.select();
  }

  // The terms are in the page only while the dialog is open.
  fill(data) {
    this.data = data;
    this.get("h2").textContent = this.get(".label").textContent = data.title;
    this.get(".open").title = this.dialog.ariaLabel = data.title;
    this.get(".close").title = this.get(".close").ariaLabel = data.close;
    this.search.ariaLabel = this.search.placeholder = data.search;
    this.get("dl").ariaLabel = data.title;
  }

  entry({ name, also, other, other_lang, meaning, place, page, tab, where }, here) {
    const entry = element("div", "entry"), term = element("dt"), text = element("dd", "", meaning);
    const foreign = element("span", "other", other), link = element("button", "go", where);
    foreign.lang = other_lang;
    term.append(element("b", "", name), " ", ...(also ? [element("span", "also", also), " "] : []));
    if (other !== name) term.append(foreign);
    link.type = "button";
    link.onclick = () => {
      this.dialog.close();
      if (tab || page !== here) this.go(place);
    };
    text.append(" ", link);
    entry.append(term, text);
    entry.words = plainText([name, also, other, meaning].join(" "));
    return entry;
  }

  // Show only the terms that contain the searched text.
  filter() {
    const wanted = plainText(this.search.value.trim());
    const one = wanted.length > 3 ? wanted.replace(/s$/, "") : wanted; // singular of a plural: draws, sorteos
    let found = 0;
    for (const entry of this.get("dl").children) {
      entry.hidden = !entry.words.includes(one);
      found += !entry.hidden;
    }
    this.get(".none").textContent = found ? "" : this.data.none;
    this.get("dl").scrollTop = 0;
  }
}

function element(tag, kind = "", text = "") {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  element.textContent = text;
  return element;
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".glossary");
  return keepLatest(host, () => {
    host.glossary ??= new Glossary(host);
    host.glossary.go = (place) => setTriggerValue("go", place);
    host.glossary.fill(data);
  });
}
