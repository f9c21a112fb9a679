// A table of buttons. A text such as "110/100" says which are pressed, row by row. The texts of
// cells are set as text, never as HTML.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-cells");
  return keepLatest(host, () => {
    const shape = JSON.stringify([data.heads, data.cells]);
    if (host.shape !== shape) { build(host, data); host.shape = shape; host.sent = []; }
    // What the server draws may lack the latest clicks, if it has not heard of them yet.
    const known = host.sent.lastIndexOf(data.marks);
    const latest = host.sent.length - 1;
    host.marks = known >= 0 && known < latest ? host.sent[latest] : data.marks;
    if (known < 0 || known === latest) host.sent = [data.marks];
    host.querySelector("table").setAttribute("aria-label", data.label);
    host.querySelector(".hint").textContent = data.hint;
    host.querySelector(".hint").hidden = data.over;
    show(host, data.over);
    host.mark = (row, column, mark) => {
      const rows = host.marks.split("/").map((text) => [...text]);
      if (data.over || rows[row][column] === mark) return;
      rows[row][column] = mark;
      host.marks = rows.map((texts) => texts.join("")).join("/");
      host.sent.push(host.marks);
      show(host, data.over);
      setTriggerValue("marks", host.marks);
    };
  });
}

function build(host, data) {
  const frame = make("div", "", document.createElement("div"), "frame");
  const body = make("tbody", "", make("table", "", frame));
  host.buttons = data.cells.map((texts, row) => {
    const line = make("tr", "", body);
    make("th", data.heads[row], line).scope = "row";
    return texts.map((text, column) => {
      const button = make("button", text, make("td", "", line));
      button.type = "button";
      button.setAttribute("aria-label", `${data.heads[row]}, ${column + 1}: ${text}`);
      button.tabIndex = row || column ? -1 : 0;
      listen(host, button, row, column);
      button.onkeydown = (event) => move(host, event, row, column);
      return button;
    });
  });
  const more = () => frame.classList.toggle(  // there is more to the right
    "more", frame.scrollLeft + frame.clientWidth < frame.scrollWidth - 4);
  frame.onscroll = more;
  new ResizeObserver(more).observe(frame);
  host.replaceChildren(frame);
  make("div", "", host, "hint");
}

// A mouse that is dragged gives the cells that it enters the mark that it gave the first one. A
// finger taps, because it scrolls the page; keys and screen readers click without a pointer.
function listen(host, button, row, column) {
  const other = () => button.getAttribute("aria-pressed") === "true" ? "0" : "1";
  button.onpointerdown = ({ pointerType, isPrimary, buttons }) => {
    host.hasMouse = pointerType === "mouse";
    if (!(host.hasMouse && isPrimary && buttons === 1)) return;
    host.dragged = other();
    addEventListener("pointerup", () => { host.dragged = null; }, { once: true });
    host.mark(row, column, host.dragged);
  };
  button.onpointerenter = ({ buttons }) => {
    if (host.dragged && buttons & 1) host.mark(row, column, host.dragged);
  };
  button.onclick = ({ detail }) => {  // a mouse has marked the cell when it was pressed
    if (!(detail && host.hasMouse)) host.mark(row, column, other());
  };
}

function show(host, over) {
  const rows = host.marks.split("/");
  host.buttons.forEach((buttons, row) => buttons.forEach((button, column) => {
    button.setAttribute("aria-pressed", rows[row][column] === "1");
    button.disabled = over;
  }));
}

// The Tab key reaches one cell of the table; the arrow keys go from it to the others.
function move(host, event, row, column) {
  const [down, right] = {
    ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1],
  }[event.key] ?? [0, 0];
  const next = host.buttons[row + down]?.[column + right];
  if (!(down || right) || !next) return;
  event.preventDefault();
  event.currentTarget.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
