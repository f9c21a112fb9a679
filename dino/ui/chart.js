// Draws one plotly figure and keeps it: Plotly.react on every change, so zoom and hover are kept.
// plotly.js comes from this server, once per page.

const PLOTLY_LATEST = 3000;  // milliseconds

function plotly(sources) {
  window.dinoPlotly ??= loadPlotly(sources).catch((error) => {
    window.dinoPlotly = null;  // the next drawing tries again
    throw error;
  });
  return window.dinoPlotly;
}

// From the server's own route where it is reached, which browsers keep for good; else from the
// static files beside the page. It is as large as all other files together, so it comes once the page
// takes clicks.
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

// On the Lab once its chart has lines without plotly.js, and moves where a run trains; elsewhere once
// the page's script has ended; soon in any case. A browser does nothing else while it takes the
// library in, for half a second and more.
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

// The theme's colours, as Streamlit sets them on every component.
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

// A copy of the figure in which every colour token is a colour. Only colours: labels stay.
function painted(value, tokens, key = "") {
  if (typeof value === "string") return /color/.test(key) ? (tokens[value] ?? value) : value;
  if (Array.isArray(value)) {  // long lists of numbers are passed on as they are
    const inside = typeof value[0] === "object" || /color/.test(key);
    return inside ? value.map((v) => painted(v, tokens, key)) : value;
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, painted(v, tokens, k)]));
}

// Words, lines and sides of a figure are in pixels: on a projector, which the page's root says by a
// class, all of them are larger.
const DINO_LARGER = 1.5, DINO_PLAIN = 12;  // times; the size of words that have none of their own
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

// Draw all figures again after the class has changed; one of the components listens for all.
window.dinoSized ??= addEventListener("dino-sized", () =>
  document.querySelectorAll(".dino-plot").forEach((host) => host.again?.())) ?? true;

// Keep a visitor's zoom over new data: plotly would drop it when the figure's own range changes.
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

// Mark that there is more to the right of what is visible; what scrolls does so by keyboard, too.
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

// A legend that had more lines in the width before is in a wrong place until all is drawn again.
async function resize(Plotly, host) {
  await Plotly.Plots.resize(host);
  if (host.layout.showlegend) await Plotly.redraw(host);
}

// Draw `data.figure` into the frame's plot. latest(): whether this is still the newest request.
function drawFigure(frame, data, latest) {
  const host = frame.querySelector(".dino-plot");
  host.figure = data.figure;  // for a print view, which has other colours
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

// Clean up after the plot has left the page. back(): whether it came back meanwhile.
function leaveFigure(host, back) {
  host.drawing?.finally(() => {  // a drawing under way still needs what a purge takes away
    if (back()) return;
    host.watched?.disconnect();
    host.watched = null;
    window.Plotly?.purge(host);
  });
}
