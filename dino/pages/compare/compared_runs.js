// The table of the compared runs, in groups. A heading sorts the runs within each group; a name
// opens its run; a box puts it into the chart; buttons rename, pin and delete it. Every cell is set
// as text, never as HTML.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-compared");
  const { words } = data;
  const colors = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors").split(",");
  const color = (token) => (token ? colors[Number(token.slice(1))]?.trim() : "");
  const columns = [["run", words.run], ...data.figures, ...data.settings];
  if (data.changes) columns.push(["changed", words.changed]);
  const keyOf = (run, column) => {
    if (column === "run") return run.number;
    if (column === "changed") return run.changed;
    return run.cells[columns.findIndex(([name]) => name === column) - 1]?.[1] ?? null;
  };

  // Numbers by size, texts by the alphabet. What has no value is last in both directions.
  function compare(one, other) {
    const { column, down } = host.sort;
    const [a, b] = [keyOf(one, column), keyOf(other, column)];
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" && typeof b === "number"
      ? a - b : String(a).localeCompare(String(b));
    return down ? -order : order;
  }

  function heading(name, title, row) {
    const cell = make("th", "", row, data.figures.some(([figure]) => figure === name) ? "number" : "");
    cell.scope = "col";
    const { column, down } = host.sort;
    if (name === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
    const button = make("button", title, cell, "sort");
    button.title = words.sort;
    button.dataset.part = `sort ${name}`;
    button.onclick = () => {
      host.sort = { column: name, down: name === host.sort.column && !host.sort.down };
      draw();
    };
  }

  function runRow(run, body) {
    const row = make("tr", "", body, run.pinned ? "pinned" : "");
    row.dataset.number = run.number;
    const label = make("label", "", make("td", "", row, "box"));
    const box = make("input", "", label);
    Object.assign(box, { type: "checkbox", checked: Boolean(run.color) });
    box.setAttribute("aria-label", `${words.show}: ${run.name}`);
    box.dataset.part = `box ${run.token}`;
    const isFull = data.full && !run.color && run.beside;
    box.disabled = isFull;
    label.title = isFull ? words.full : words.show;
    box.onchange = () => setTriggerValue("choose", [run.token, box.checked]);
    make("span", "", label).style.background = color(run.color) || "transparent";
    const cell = make("td", "", row, "title");
    if (host.renamed === run.token) titleBox(run, cell);
    else {
      const open = make("button", run.name, cell, "open");
      open.title = `${words.open}: ${run.name}`;
      open.dataset.part = `open ${run.token}`;
      open.onclick = () => setTriggerValue("open", run.number);
    }
    run.cells.forEach(([text], i) => {
      make("td", text, row, i < data.figures.length ? "number" : "");
    });
    if (data.changes) {
      const lines = make("div", run.changed, make("td", "", row, "changed"), "lines");
      lines.title = run.changed;
      if (run.changed) lines.tabIndex = 0;  // with the focus it shows all its lines
      lines.dataset.part = `changed ${run.token}`;
    }
    const actions = make("td", "", row, "actions");
    const action = (name, act) => {
      const button = make("button", words[name], actions);
      button.setAttribute("aria-label", `${words[name]}: ${run.name}`);
      button.dataset.part = `${name} ${run.token}`;
      button.onclick = act;
      return button;
    };
    action("rename", () => {
      host.renamed = run.token;
      draw();
      const box = host.querySelector(".renamed");
      box.select();
      box.scrollIntoView({ block: "nearest", inline: "nearest" });  // on a phone, show the table's end
    });
    const pin = action(run.pinned ? "unpin" : "pin", () =>
      setTriggerValue("pin", [run.number, !run.pinned]));
    pin.title = words.pin_help;
    pin.dataset.part = `pin ${run.token}`;
    action("remove", () => setTriggerValue("remove", run.number));
  }

  // A box for a run's title. Enter, or leaving the box, takes what was typed; Escape does not.
  function titleBox(run, cell) {
    const box = make("input", "", cell, "renamed");
    Object.assign(box, { value: host.typed ?? run.title, maxLength: data.longest });
    box.setAttribute("aria-label", words.title);
    box.dataset.part = `title ${run.token}`;
    box.oninput = () => { host.typed = box.value; };
    const end = (takes) => {
      if (host.renamed !== run.token) return;
      host.renamed = host.typed = null;
      if (takes && box.value !== run.title) setTriggerValue("rename", [run.number, box.value]);
      draw();
      host.querySelector(`[data-part="rename ${run.token}"]`)?.focus({ preventScroll: true });
    };
    box.onkeydown = (event) => {
      event.stopPropagation();
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();  // else Enter would also press the button that gets the focus
      end(event.key === "Enter");
    };
    box.onblur = () => box.isConnected && end(true);
  }

  // Cut a scrolling table in the middle of a row; at a row's edge it would look complete.
  function endWithinRow() {
    host.style.maxHeight = "";
    const end = host.clientHeight;
    const cut = [...host.querySelectorAll("tbody tr")].findLast(
      (row) => row.offsetTop + row.offsetHeight / 2 <= end);
    if (cut && host.scrollHeight > end + 1) {
      host.style.maxHeight = `${cut.offsetTop + cut.offsetHeight / 2}px`;
    }
  }

  function draw() {
    const table = document.createElement("table");
    make("caption", words.caption, table);
    const head = make("tr", "", make("thead", "", table));
    make("span", words.show, make("th", "", head, "box"), "unseen");
    for (const [name, title] of columns) heading(name, title, head);
    make("span", words.actions, make("th", "", head, "actions"), "unseen");
    for (const group of data.groups) {
      const body = make("tbody", "", table);
      const cell = make("th", "", make("tr", "", body), "group");
      make("div", group.title, cell, "kind");
      if (group.why) make("div", group.why, cell);
      cell.colSpan = columns.length + 2;
      cell.scope = "colgroup";
      const beside = group.rows.some((run) => run.color);  // whether this group is in the chart
      for (const run of [...group.rows].sort(compare)) runRow({ ...run, beside }, body);
    }
    const focused = host.contains(document.activeElement) && document.activeElement.dataset.part;
    const { scrollTop, scrollLeft } = host;
    host.replaceChildren(table);
    endWithinRow();
    Object.assign(host, { scrollTop, scrollLeft });
    const parts = [...host.querySelectorAll("[data-part]")];
    parts.find((part) => part.dataset.part === focused)?.focus({ preventScroll: true });
  }

  host.sort ??= { column: "run", down: true };
  return keepLatest(host, draw);
}
