// Our own print view. When the browser prints, a plain copy of the page replaces it: headings,
// text, settings, tables, and pictures in the light colours, as wide as A4. Everything is copied as
// text or node by node, never as HTML, because it holds visitors' words.

const DINO_PAPER = 688;  // pixels between the margins of A4
const DINO_SHEET_CSS = "@page { size: A4; margin: 14mm; }";
const DINO_PRINT_CSS = `
@media screen { #dino-print { display: none; } }
@media print {
  html, body { height: auto !important; overflow: visible !important; position: static !important; }
  html, body { background: #fff !important; }
  body > :not(#dino-print) { display: none !important; }
  #dino-print {
    color: #16202a; color-scheme: light; print-color-adjust: exact; -webkit-print-color-adjust: exact;
    font: 10pt/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  }
  #dino-print :is(h1, h2, h3, h4, h5, h6) {
    font-family: inherit; font-weight: 600; font-size: 12pt; line-height: 1.3;
    margin: 1em 0 0.3em; padding: 0; break-after: avoid; color: inherit;
  }
  #dino-print h1 { font-size: 16pt; margin-top: 0; }
  #dino-print :is(p:has(+ :is(figure, ul, ol, table, .card)), figure:has(+ .small)) { break-after: avoid; }
  #dino-print .card { display: grid; grid-template-columns: max-content 1fr; column-gap: 1em; break-inside: avoid; }
  #dino-print .card > figure { grid-row: 1 / span 2; margin: 0 0 0.6em; }
  #dino-print .card > figure > img { width: auto; height: 96px; }
  #dino-print .card > figure + p { align-self: end; }
  #dino-print .page ~ .page { break-before: page; }
  #dino-print blockquote { margin: 0 0 0.5em; padding-left: 1em; border-left: 2px solid #d9dfe3; }
  #dino-print p { margin: 0 0 0.5em; overflow-wrap: anywhere; font-size: inherit; color: inherit; }
  #dino-print p.small { font-size: 8.5pt; color: #4a5661; }
  #dino-print :is(ul, ol) { margin: 0 0 0.5em; padding: 0 0 0 1.6em; font: inherit; }
  #dino-print ul { list-style: disc; }
  #dino-print ul ul { list-style: circle; margin-bottom: 0; }
  #dino-print ol { list-style: decimal; }
  #dino-print li { margin: 0 0 0.2em; padding: 0; font: inherit; color: inherit; }
  #dino-print li > p { margin: 0; }
  #dino-print :is(strong, b) { font-weight: 600; }
  #dino-print :is(em, i) { font-style: italic; }
  #dino-print .pre { white-space: pre-wrap; }
  #dino-print pre { font: 8pt/1.35 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
  #dino-print figure { margin: 0.4em 0 0.6em; break-inside: avoid; }
  #dino-print figure > :is(svg, img) { display: block; max-width: 100%; height: auto; overflow: hidden; }
  #dino-print table {
    border-collapse: collapse; width: 100%; margin: 0.2em 0 0.8em; font-size: 8.5pt;
    font-variant-numeric: tabular-nums;
  }
  #dino-print caption { text-align: left; font-weight: 600; padding-bottom: 0.2em; break-after: avoid; }
  #dino-print thead { display: table-header-group; }
  #dino-print tr { break-inside: avoid; }
  #dino-print :is(th, td) {
    border: 0; border-bottom: 1px solid #d9dfe3; padding: 0.15em 0.6em; text-align: left;
    vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; color: inherit;
  }
  #dino-print th { font-weight: 600; }
  #dino-print th:not(.number) { overflow-wrap: break-word; }
  #dino-print .number { text-align: right; white-space: nowrap; }
  #dino-print th.number { white-space: normal; }
  #dino-print :is(th, td):first-child { min-width: 5em; }
  #dino-print td.name { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
  #dino-print [aria-selected=true] td { font-weight: 600; background: #f3f5f6; }
}`;
const DINO_UNPRINTED = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "IFRAME", "HEADER", "NAV",
  "BUTTON", "TEXTAREA", "CANVAS", "VIDEO", "AUDIO", "LABEL", "INPUT", "SELECT", "SUMMARY"]);
const DINO_INLINE = new Set(["STRONG", "B", "EM", "I", "CODE", "SUB", "SUP"]);

class DinoPrint {
  constructor() {
    // Some browsers size the first sheet before they say that they print.
    dinoStyle(DINO_SHEET_CSS);
    addEventListener("beforeprint", () => this.show());
    addEventListener("afterprint", () => this.hide());
    matchMedia("print").addEventListener("change", ({ matches }) =>
      matches ? this.show() : this.hide());
  }

  // Built only for printing, and synchronously, because the browser prints as soon as this returns.
  show() {
    this.hide();
    this.view = document.createElement("div");
    this.view.id = "dino-print";
    // A sheet has its own heading, and is given to others without the address of the page. The
    // browser may print that at the foot, so meanwhile the address has no settings.
    const sheet = document.querySelector(".st-key-print_sheet");
    if (sheet) {
      this.address = [location.href, location.pathname];
      this.copy(sheet);
      history.replaceState(history.state, "", location.pathname);
    }
    else {
      this.append("h1", document.title);
      this.copy(document.body);
      this.append("p", location.href, "small");
    }
    this.style = dinoStyle(DINO_PRINT_CSS);
    document.body.append(this.view);
  }

  hide() {
    this.view?.remove();
    this.style?.remove();
    this.view = this.style = null;
    const [before, meanwhile] = this.address ?? [];
    if (before && location.pathname + location.search === meanwhile) {
      history.replaceState(history.state, "", before);
    }
    this.address = null;
  }

  append(tag, text, kind = "") {
    const line = this.view.appendChild(document.createElement(tag));
    line.textContent = text;
    line.className = kind;
    return line;
  }

  // Copy what an element shows, in the order of the page.
  copy(element) {
    let line = null;
    const end = () => {
      if (line && (line.textContent.trim() || line.querySelector("math"))) this.view.append(line);
      line = null;
    };
    for (const child of (element.shadowRoot ?? element).childNodes) {
      if (child.nodeType === Node.TEXT_NODE) {
        if (child.data.trim() || line) (line ??= dinoLine(element)).append(child.data);
      } else if (child.nodeType === Node.ELEMENT_NODE && dinoIsSeen(child)) {
        if (dinoIsInline(child)) {
          dinoCopyNode(child, line ??= dinoLine(element));
          continue;
        }
        end();
        const setting = dinoSetting(child);
        if (setting && !this.address) this.addSetting(setting);  // a sheet has no controls
        else if (setting === null && !this.copyWhole(child)) this.copy(child);
      }
    }
    end();
  }

  // Settings in a row share a line. A line that only repeats the name is left out.
  addSetting([name, value]) {
    if (this.view.lastChild?.textContent === name) this.view.lastChild.remove();
    const before = this.view.lastChild?.className === "settings" ? this.view.lastChild : null;
    const line = before ?? this.append("p", "", "settings");
    line.append(`${before ? " · " : ""}${name}: ${value}`);
  }

  // If a part is copied as a whole, copy it. Return whether it was.
  copyWhole(element) {
    if (element.matches(".dino-plot")) this.addFigure(...dinoDrawn(element, this.tokens));
    else if (element.matches("table")) this.view.append(dinoTable(element));
    else if (element.matches("ul, ol") && getComputedStyle(element).listStyleType !== "none") {
      this.copyList(element);
    }
    else if (element.matches("blockquote")) this.copyInto("blockquote", element);
    else if (element.matches("[class*=st-key-print_page]")) this.copyInto("div", element, "page");
    else if (element.matches("[class*=st-key-print_card]")) this.copyInto("div", element, "card");
    else if (element.matches("math")) this.addFigure(dinoMath(element));
    else if (element.matches("svg, img")) {
      if (element.getBoundingClientRect().width > 40) this.addFigure(...dinoPicture(element, this.theme));
    } else if (element.matches("h1, h2, h3, h4, h5, h6, pre")) {
      const copy = document.createElement(element.tagName);
      if (copy.tagName === "PRE") copy.className = "pre";
      dinoCopyInline(element, copy);
      if (copy.textContent.trim()) this.view.append(copy);
    } else return false;
    return true;
  }

  // Copy an element's parts into one part.
  copyInto(tag, element, kind = "") {
    const view = this.view;
    this.view = Object.assign(document.createElement(tag), { className: kind });
    this.copy(element);
    if (this.view.hasChildNodes()) view.append(this.view);
    this.view = view;
  }

  // Bullets or numbers stay; an item may have its own list.
  copyList(list) {
    const view = this.view, copy = document.createElement(list.tagName);
    if (list.tagName === "OL") copy.start = list.start;
    for (const item of [...list.children].filter(dinoIsSeen)) {
      this.view = document.createElement("li");
      this.copy(item);
      if (this.view.hasChildNodes()) copy.append(this.view);
    }
    this.view = view;
    if (copy.hasChildNodes()) view.append(copy);
  }

  addFigure(...parts) {
    this.view.appendChild(document.createElement("figure")).append(...parts);
  }
}

function dinoStyle(rules) {
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = rules;
  return style;
}

function dinoIsSeen(element) {
  if (element.id === "dino-print") return false;
  // A picture whose frame has its words is hidden only from screen readers.
  if (element.ariaHidden === "true" && !element.parentElement?.matches("[role=img]")) return false;
  if (DINO_UNPRINTED.has(element.tagName) && !element.closest("pre")) return false;
  if (element.tagName === "DETAILS" && !element.open) return false;
  if (element.matches("[role=tooltip], [role=dialog], [role=menu], [role=listbox]")) return false;
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden") return false;
  if (/material/i.test(style.fontFamily)) return false;  // an icon, whose text is its name
  if (element.tagName === "A" && !style.display.startsWith("inline")) return false;  // a link to another place
  const box = element.getBoundingClientRect();
  return !(box.width && box.right <= 0);  // a closed sidebar
}

const dinoIsInline = (element) => getComputedStyle(element).display.startsWith("inline") &&
  !element.matches("svg, img, table, math[display=block]") && !element.shadowRoot &&
  ![...element.querySelectorAll("p, div, table, svg, img, input, pre, h1, h2, h3, h4")].some(
    (part) => !part.closest("[aria-hidden=true]"));

// An empty line for an element's words, small if they are.
function dinoLine(element) {
  const line = document.createElement("p"), style = getComputedStyle(element.host ?? element);
  if (parseFloat(style.fontSize) < 15) line.classList.add("small");
  if (/pre/.test(style.whiteSpace)) line.classList.add("pre");
  return line;
}

// Copy a formula, with the space after a function's name that a browser leaves out ("ln a").
function dinoMath(math) {
  const copy = math.cloneNode(true);
  for (const sign of copy.querySelectorAll("mo")) {
    const isOpen = /^[([{|]/.test(sign.nextElementSibling?.textContent ?? "");
    if (sign.textContent === "\u2061" && !isOpen) sign.setAttribute("rspace", "0.17em");
  }
  return copy;
}

// Copy the words of an element, with emphasis and formulas.
function dinoCopyInline(element, to) {
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    if (child.nodeType === Node.ELEMENT_NODE && dinoIsSeen(child)) dinoCopyNode(child, to);
  }
}

// Copy an element within a line, keeping its kind.
function dinoCopyNode(element, to) {
  if (element.tagName === "BR") to.append(" ", document.createElement("br"));
  else if (element.tagName === "math") to.append(dinoMath(element));
  else if (DINO_INLINE.has(element.tagName)) {
    const copy = document.createElement(element.tagName);
    dinoCopyInline(element, copy);
    to.append(copy);
  } else dinoCopyInline(element, to);
}

// The name and value of a control, or of a figure with a label. '' for one without a value or with
// a long one; null for any other element.
function dinoSetting(element) {
  const found = (name, value) => (name && value ? [name, value] : "");
  if (element.dataset.label) {
    return found(dinoWords(element.querySelector(".label")), dinoWords(element.querySelector(".value")));
  }
  const label = element.querySelector(":scope > label");
  if (!label || element.querySelector("table, .dino-plot, h1, h2, h3, h4")) return null;
  const control = element.querySelector("input, textarea, [role=radiogroup], [role=slider]");
  const name = dinoWords(label) || label.textContent.trim() || control?.ariaLabel;
  if (!control) return found(name, [...element.children].slice(1).map(dinoWords).join(" ").trim());
  if (control.type === "checkbox") {
    return found(name, window.dinoPrint.words[control.checked ? "on" : "off"]);
  }
  if (control.matches("textarea, [type=file]")) return "";
  const chosen = element.querySelector("[role=radio][aria-checked=true], [type=radio]:checked");
  if (chosen) return found(name, dinoWords(chosen.closest("label") ?? chosen));
  if (control.matches("[role=radiogroup], [type=radio]")) return "";
  return found(name, control.ariaValueText || control.value || control.ariaValueNow);
}

// The words of an element on one line, without icons.
function dinoWords(element) {
  if (!element) return "";
  const line = document.createElement("p");
  dinoCopyInline(element, line);
  return line.textContent.replace(/\s+/g, " ").trim();
}

function dinoTable(table) {
  const copy = document.createElement("table");
  const caption = table.caption?.textContent;
  if (table.rows.length < 20) copy.style.breakInside = "avoid";
  if (caption) copy.createCaption().textContent = caption.split("; click")[0];
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) =>
    cell.querySelector(".unseen") ? "" : cell.textContent);  // these words are only for screen readers
  for (const row of table.rows) {
    const head = row.parentElement.tagName === "THEAD";
    const part = head ? (copy.tHead ?? copy.createTHead()) : (copy.tBodies[0] ?? copy.createTBody());
    const line = part.insertRow();
    if (row.ariaSelected) line.ariaSelected = row.ariaSelected;
    for (const cell of row.cells) {
      if (heads[cell.cellIndex] === "") continue;  // a column of buttons
      const place = line.appendChild(document.createElement(cell.tagName));
      if (cell.querySelector("math, code, strong, em")) dinoCopyInline(cell, place);
      else place.textContent = cell.textContent;
      place.colSpan = cell.colSpan;
      for (const kind of ["number", "name"]) {
        if (cell.classList.contains(kind)) place.classList.add(kind);
      }
    }
  }
  return copy;
}

// A picture that is not a chart, whole and in the light colours. If it is much wider than the paper
// and says where it may be cut (data-cuts), it is cut into parts.
function dinoPicture(picture, theme) {
  const copy = picture.cloneNode(true), { width, height } = picture.getBoundingClientRect();
  if (picture.tagName === "IMG") return [Object.assign(copy, { width, height })];
  dinoInline(picture, copy, theme);
  if (!copy.hasAttribute("viewBox")) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  copy.style.color = "#16202a";
  copy.style.removeProperty("width");
  for (const [name, size] of [["width", width], ["height", height]]) copy.setAttribute(name, size);
  const cuts = (picture.dataset.cuts ?? "").split(" ").filter(Boolean).map(Number);
  return cuts.length && width > DINO_PAPER ? dinoCut(copy, [...cuts, width], height) : [copy];
}

// The parts of a picture between places where it may be cut, each as wide as the paper allows.
function dinoCut(copy, cuts, height) {
  const scale = 0.77, parts = [];  // so that its letters stay readable
  for (let from = 0; from < cuts.at(-1);) {
    const fits = cuts.filter((cut) => cut > from && scale * (cut - from) <= DINO_PAPER);
    const width = (fits.at(-1) ?? cuts.at(-1)) - from;
    const part = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const box = { viewBox: `0 0 ${width} ${height}`, width: scale * width, height: scale * height };
    for (const [name, value] of Object.entries(box)) part.setAttribute(name, value);
    part.appendChild(copy.cloneNode(true)).setAttribute("x", -from);
    parts.push(part);
    from += width;
  }
  return parts;
}

const DINO_STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "opacity",
  "font-size", "font-weight", "font-family"];

// Write the drawn styles into the copy of a picture, because its style sheet is not copied.
function dinoInline(picture, copy, theme) {
  const rgb = (color) => Object.assign(new Option().style, { color }).color, light = {};
  for (const [name, value] of Object.entries(theme)) {
    const own = getComputedStyle(picture).getPropertyValue(`--st-${name}`).split(",");
    value.split(",").forEach((color, i) => (light[rgb(own[i]?.trim() ?? "")] ??= color));
  }
  const copies = [copy, ...copy.querySelectorAll("*")];
  [picture, ...picture.querySelectorAll("*")].forEach((part, i) => {
    const style = getComputedStyle(part);
    for (const name of DINO_STYLES) {
      let value = style.getPropertyValue(name);
      // On the screen this colour is mixed with the ink, which would be pale on paper. Use the pure
      // colour.
      if (value.startsWith("color(")) value = rgb(style.getPropertyValue("--ink").trim());
      copies[i].style.setProperty(name, light[value] ?? value);
    }
  });
}

// Draw a chart again, in the light colours and as wide as the paper. Return its parts; if it was
// never drawn, words instead.
function dinoDrawn(host, tokens) {
  if (!host.figure || !window.Plotly) return [document.createTextNode(host.ariaLabel ?? "")];
  const { data, layout } = painted(structuredClone(host.figure), tokens);
  Object.assign(layout, { width: DINO_PAPER, paper_bgcolor: "#fff", plot_bgcolor: "#fff" });
  layout.font.family = getComputedStyle(host).fontFamily;
  if (host.zoom) [layout.xaxis.range, layout.yaxis.range] = host.zoom;
  const sheet = document.createElement("div");
  sheet.style.cssText = `position: absolute; left: -9999px; width: ${DINO_PAPER}px;`;
  document.body.append(sheet);
  // Plotly draws at once, but tidies up a moment later.
  window.Plotly.newPlot(sheet, data, layout, { staticPlot: true }).finally(() => {
    window.Plotly.purge(sheet);
    sheet.remove();
  });
  dinoCells(sheet, data);
  return [dinoSheet(sheet, layout.height)];
}

// All layers of a chart in one separate picture, whose references point into itself.
function dinoSheet(sheet, height) {
  const whole = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  whole.setAttribute("viewBox", `0 0 ${DINO_PAPER} ${height}`);
  whole.setAttribute("width", DINO_PAPER);
  whole.setAttribute("height", height);
  const number = (window.dinoSheets = 1 + (window.dinoSheets ?? 0));
  for (const layer of sheet.querySelectorAll("svg.main-svg")) {
    const copy = layer.cloneNode(true);
    copy.removeAttribute("style");
    for (const part of [copy, ...copy.querySelectorAll("*")]) {
      for (const { name, value } of [...part.attributes]) {
        if (name === "id") part.id = `${value}-print${number}`;
        else if (value.includes("#")) part.setAttribute(name, value.replace(
          /url\(["']?[^#)]*#([^"')]+)["']?\)/g, `url(#$1-print${number})`));
      }
    }
    whole.append(copy);
  }
  return whole;
}

// Draw the cells of heatmaps as rectangles, because an image would come too late and be blurred.
function dinoCells(sheet, traces) {
  const heatmaps = traces.filter(({ type }) => type === "heatmap");
  [...sheet.querySelectorAll(".heatmaplayer image")].forEach((image, i) => {
    const trace = heatmaps[i];
    if (!trace) return;
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) =>
      Number(image.getAttribute(name)));
    const down = sheet._fullLayout.yaxis.range[0] > sheet._fullLayout.yaxis.range[1];
    const rows = trace.z.length, columns = trace.z[0].length;
    const cell = [width / columns, height / rows];
    trace.z.forEach((row, r) => row.forEach((z, c) => {
      if (z === null) return;
      const place = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const box = { x: x + c * cell[0], y: y + (down ? r : rows - 1 - r) * cell[1],
        width: cell[0] - (trace.xgap ?? 0), height: cell[1] - (trace.ygap ?? 0),
        fill: dinoColor(trace, z) };
      for (const [name, value] of Object.entries(box)) place.setAttribute(name, value);
      image.before(place);
    }));
    image.remove();
  });
}

// The colour of a number on a trace's scale, which has equal steps.
function dinoColor({ colorscale, zmin, zmax }, z) {
  const at = Math.min(1, Math.max(0, (z - zmin) / (zmax - zmin))) * (colorscale.length - 1);
  const low = Math.min(Math.floor(at), colorscale.length - 2);
  const [from, to] = [low, low + 1].map((i) =>
    [1, 3, 5].map((k) => parseInt(colorscale[i][1].slice(k, k + 2), 16)));
  const mixed = from.map((part, k) => Math.round(part + (to[k] - part) * (at - low)));
  return `rgb(${mixed.join(", ")})`;
}

export default function ({ data: [data] }) {
  Object.assign((window.dinoPrint ??= new DinoPrint()), data);
}
