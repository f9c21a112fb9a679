// Draws one plotly figure and keeps it. Every change uses Plotly.react, which keeps zoom and hover.
// plotly.js comes from this server, once per page.

const PLOTLY_LATEST = 3000;  // milliseconds

function plotly(sources) {
  window.dinoPlotly ??= loadPlotly(sources).catch((error) => {
    window.dinoPlotly = null;  // try again with the next drawing
    throw error;
  });
  return window.dinoPlotly;
}

// Load it from the server's route if that can be reached, because browsers keep it for good; else
// from the static files beside the page. It is as large as all other files together, so it comes
// only once the page takes clicks.
async function loadPlotly({ route, file }) {
  const [base] = await Promise.all([route ? dinoBase() : null, pageTakesClicks()]);
  if (base !== null) {
    try {
      return await script(new URL(route, base));
    } catch (error) {
      if (!file) throw error;
    }
  }
  if (!file) throw new Error("This server has no plotly.js.");
  return script(new URL(file, document.baseURI));
}

// When to load it. On the Lab: once its chart has lines without plotly.js, and moves if a run
// trains. Elsewhere: once the page's script has ended. In any case soon. Parsing the library blocks
// the browser for half a second or more.
async function pageTakesClicks() {
  const last = performance.now() + PLOTLY_LATEST;
  const rests = () => {
    const main = document.querySelector(".dino-run-buttons .main");
    const page = document.querySelector("[data-test-script-state]");
    if (!main) return page?.dataset.testScriptState !== "running";
    const lines = document.querySelector(".dino-live .early")?.dataset.curves ?? 0;
    return lines >= (main.dataset.kind === "pause" ? 2 : 1);
  };
  while (!rests() && performance.now() < last)
    await new Promise((resolve) => { setTimeout(resolve, 30); });
}

function script(source) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = source;
    const failed = () => reject(new Error("plotly.js did not load"));
    element.onload = () => (window.Plotly ? resolve(window.Plotly) : failed());
    element.onerror = failed;
    document.head.appendChild(element);
  });
}

// The theme's colours, which Streamlit sets on every component.
function palette(element) {
  const style = getComputedStyle(element);
  const get = (name) => style.getPropertyValue("--st-" + name).trim();
  const scale = (name) => {
    const colors = get(name).split(",");
    return colors.map((color, i) => [i / (colors.length - 1), color.trim()]);
  };
  const tokens = {
    "@text": get("text-color"), "@ground": get("background-color"), "@rule": get("border-color"),
    "@sequential": scale("chart-sequential-colors"), "@diverging": scale("chart-diverging-colors"),
  };
  get("chart-categorical-colors").split(",").forEach((c, i) => (tokens["@" + i] = c.trim()));
  return { tokens, font: get("font") };
}

// A copy of the figure with a colour in place of every colour token. Labels are not changed.
function painted(value, tokens, key = "") {
  if (typeof value === "string") return /color/.test(key) ? (tokens[value] ?? value) : value;
  if (Array.isArray(value)) {  // long lists of numbers are not copied
    const inside = typeof value[0] === "object" || /color/.test(key);
    return inside ? value.map((v) => painted(v, tokens, key)) : value;
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, painted(v, tokens, k)]));
}

// A figure's text, lines and margins are in pixels. On a projector, which a class on the page's
// root marks, all of them are larger.
const DINO_LARGER = 1.5, DINO_PLAIN = 12;  // factor; size of text without its own
const DINO_SIDES = new Set(["l", "r", "t", "b"]);

function enlarged(value, key = "", within = "") {
  if (typeof value === "number") {
    const grows = key === "size" || key === "height" || (key === "width" && within === "line") ||
      (within === "margin" && DINO_SIDES.has(key));
    return grows ? DINO_LARGER * value : value;
  }
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) {
    const inside = typeof value[0] === "object" || key === "size";
    return inside ? value.map((part) => enlarged(part, key, within)) : value;
  }
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, enlarged(v, k, key)]));
}

function sized({ data, layout }) {
  if (!document.documentElement.classList.contains("dino-projector")) return { data, layout };
  return enlarged({ data, layout: { ...layout, font: { size: DINO_PLAIN, ...layout.font } } });
}

// Draw all figures again when the class changes; only one of the components listens.
window.dinoSized ??= addEventListener("dino-sized", () =>
  document.querySelectorAll(".dino-plot").forEach((host) => host.again?.())) ?? true;

// Keep a visitor's zoom over new data, because plotly drops it when the figure's own range changes.
function keep(host, layout) {
  host.ranges = [layout.xaxis.range, layout.yaxis.range];
  if (host.revision !== layout.uirevision) host.zoom = null;
  host.revision = layout.uirevision;
  if (host.zoom) [layout.xaxis.range, layout.yaxis.range] = host.zoom;
}

function follow(Plotly, host) {
  host.on("plotly_relayout", (change) => {
    if (!Object.keys(change).some((key) => key.includes("axis.range"))) return;
    const { xaxis, yaxis } = host._fullLayout;
    host.zoom = [[...xaxis.range], [...yaxis.range]];
  });
  host.on("plotly_doubleclick", () => {
    const [x, y] = host.ranges;
    Plotly.relayout(host, { "xaxis.range": x, "yaxis.range": y }).then(() => { host.zoom = null; });
  });
}

// Mark that more is hidden to the right. What scrolls also scrolls by keyboard.
function markMore(frame) {
  const { scrollLeft, clientWidth, scrollWidth } = frame;
  frame.classList.toggle("more", scrollLeft + clientWidth < scrollWidth - 4);
  if (scrollWidth > clientWidth + 1) frame.tabIndex = 0;
  else frame.removeAttribute("tabindex");
}

async function show(Plotly, frame, host, traces, layout) {
  if (host.failed) host.textContent = "";
  host.failed = false;
  await Plotly.react(
    host, traces, layout, { displayModeBar: false, responsive: false, doubleClick: false });
  markMore(frame);
  showKeep(frame, host);
  heardAgain(host);
  host.dataset.draws = 1 + Number(host.dataset.draws || 0);
  if (host.watched) return;
  follow(Plotly, host);
  sharePointer(Plotly, host);
  host.on("plotly_click", ({ points: [point] }) => host.clicked?.(point.x, point.y));
  host.watched = new ResizeObserver(() => {
    if (host.offsetParent) resize(Plotly, host).then(() => markMore(frame), () => {});
    markMore(frame);
  });
  host.watched.observe(host);
}

// If a legend took more lines in the old width, it is misplaced until everything is drawn again.
async function resize(Plotly, host) {
  await Plotly.Plots.resize(host);
  if (host.layout.showlegend) await Plotly.redraw(host);
}

// Draw `data.figure` into the frame's plot. latest(): whether no newer request has come.
function drawFigure(frame, data, latest) {
  const host = frame.querySelector(".dino-plot");
  host.figure = data.figure;  // for a print view, which uses other colours
  const { tokens, font } = palette(frame);
  const { data: traces, layout } = painted(sized(data.figure), tokens);
  host.again = () => latest() && drawFigure(frame, data, latest);
  layout.font.family = font;
  host.style.height = layout.height + "px";
  host.style.minWidth = (data.least_width || 0) + "px";
  frame.onscroll = () => markMore(frame);
  Object.assign(host, { keep: data.keep, alt: data.alt, ground: tokens["@ground"] });
  makeHeard(frame, host, data.walk, data.alt);
  keep(host, layout);
  host.drawing = plotly(data.source).then(
    (Plotly) => latest() && show(Plotly, frame, host, traces, layout),
    () => {
      host.failed = true;
      host.textContent = data.failed;
    },
  );
  return host.drawing;
}

// Clean up after the plot has left the page. back(): whether it has come back meanwhile.
function leaveFigure(host, back) {
  host.drawing?.finally(() => {  // a drawing under way still needs what a purge removes
    if (back()) return;
    host.watched?.disconnect();
    host.watched = null;
    window.Plotly?.purge(host);
  });
}
