// The table of a visit's runs. A name opens its run; a button copies the link that lets others watch
// it. The present run's figures follow the stream.

const NUMBERS = [1, 2, 3];  // the columns of figures

async function copyLink(link) {
  const text = new URL(link, location.href).href;
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");  // a page that is not served by https
  box.value = text;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  if (!copied) throw new Error("The browser did not copy it.");
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-runs");
  const make = (tag, text, to, name = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = name;
    to.append(element);
    return element;
  };

  function runRow(run, body) {
    const row = make("tr", "", body, run.present ? "present" : "");
    row.dataset.number = run.number;
    const name = make("td", "", row);
    if (run.present) make("strong", run.name, name);
    else {
      const open = make("button", run.name, name, "open");
      open.title = data.words.open;
      open.onclick = () => setTriggerValue("open", run.number);
    }
    for (const text of run.cells) make("td", text, row, "number");
    make("td", run.changed, row, "changed").title = run.changed;
    const copy = make("button", data.words.copy, make("td", "", row), "copy");
    copy.title = data.words.copy_help;
    copy.setAttribute("aria-label", run.copy);
    copy.onclick = () => copyLink(run.link).then(
      () => { copy.textContent = data.words.copied; },
      () => { copy.textContent = data.words.not_copied; });
    copy.onblur = () => { copy.textContent = data.words.copy; };
  }

  function draw() {
    const table = document.createElement("table");
    make("caption", data.words.caption, table);
    const head = make("tr", "", make("thead", "", table));
    data.columns.forEach((title, i) => {
      make("th", title, head, NUMBERS.includes(i) ? "number" : "").scope = "col";
    });
    const body = make("tbody", "", table);
    for (const group of data.groups) {
      if (group.title) {
        const cell = make("th", group.title, make("tr", "", body), "group");
        cell.colSpan = data.columns.length;
        cell.scope = "colgroup";
      }
      for (const run of group.rows) runRow(run, body);
    }
    if (!body.children.length) {
      make("td", data.words.none, make("tr", "", body), "none").colSpan = data.columns.length;
    }
    const buttons = () => [...host.querySelectorAll("button")];
    const focused = buttons().indexOf(document.activeElement), top = host.scrollTop;
    host.replaceChildren(table);
    host.scrollTop = top;
    buttons()[focused]?.focus({ preventScroll: true });
    if (host.frame) heard(host.frame);
  }

  // A run gets its row with its first step, which may come after the script has drawn this. Asked
  // for until the row is there: a request may be lost, and a run at rest sends no more frames.
  function askForRow() {
    const { number, step } = host.frame;
    const isThere = !number || !step || host.querySelector(`.present[data-number="${number}"]`);
    if (isThere || host.reminder) return;
    setTriggerValue("due", number);
    host.reminder = setTimeout(() => { host.reminder = null; host.askForRow(); }, 1000);
  }
  host.askForRow = askForRow;

  function heard(frame) {
    if (!frame?.row || !isNewer(host, data.key, frame)) return;
    host.frame = frame;
    askForRow();
    host.querySelectorAll(`.present[data-number="${frame.number}"] .number`).forEach((cell, i) => {
      cell.textContent = frame.row[i];
    });
  }

  return keepLatest(host, () => {
    draw();
    if (data.stream && host.listensTo !== data.key) {
      host.unlisten?.();
      host.unlisten = dinoEvents().listen(data.key, { heard, changed: () => {} });
      host.listensTo = data.key;
    }
  }, () => { dinoLeave(host); host.reminder = null; });
}
