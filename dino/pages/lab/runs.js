// The table of a visit's runs. A name opens its run; a button copies the link with which others
// watch it. The present run's figures follow the stream.

const KINDS = ["title", "number", "number", "number", "changed", ""];  // kinds of the columns

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-runs");

  function runRow(run, body) {
    const row = make("tr", "", body, run.present ? "present" : "");
    row.dataset.number = run.number;
    const name = make("td", "", row, "title");
    if (run.present) make("strong", run.name, name, "lines").title = run.name;
    else {
      const open = make("button", "", name, "open");
      make("span", run.name, open, "lines");
      open.title = `${data.words.open}: ${run.name}`;
      open.onclick = () => setTriggerValue("open", run.number);
    }
    for (const text of run.cells) make("td", text, row, "number");
    make("span", run.changed, make("td", "", row, "changed"), "lines").title = run.changed;
    const kind = run.private ? "copy_settings" : "copy", word = data.words[kind];
    const copy = make("button", word, make("td", "", row), "copy");
    copy.title = data.words[`${kind}_help`];
    copy.setAttribute("aria-label", run.copy);
    copy.onclick = () => copyLink(run.link).then(
      () => { copy.textContent = data.words.copied; },
      () => { copy.textContent = data.words.not_copied; });
    copy.onblur = () => { copy.textContent = word; };
  }

  // Scroll the row of a run that has just become the present one into the visible part of the
  // table.
  function keepInSight(row) {
    const number = row?.dataset.number, head = host.querySelector("thead")?.offsetHeight ?? 0;
    if (!row || number === host.presentRun) return;
    host.presentRun = number;
    const top = row.offsetTop - head, bottom = row.offsetTop + row.offsetHeight - host.clientHeight;
    host.scrollTop = Math.max(Math.min(host.scrollTop, top), bottom);
  }

  function draw() {
    const table = document.createElement("table");
    make("caption", data.words.caption, table);
    const head = make("tr", "", make("thead", "", table));
    data.columns.forEach((title, i) => {
      if (title) make("th", title, head, KINDS[i]).scope = "col";
      else make("td", "", head);  // an empty cell is not a head
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
    keepInSight(table.querySelector(".present"));
    buttons()[focused]?.focus({ preventScroll: true });
    if (host.frame) heard(host.frame);
  }

  // A run gets its row with its first step, which may come after the script has drawn this. Ask
  // until the row is there, because a request may be lost and a run at rest sends no more frames.
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
