// Draws one plotly figure and keeps it: Plotly.react on every change, so zoom and hover live on.
// plotly.js itself comes from this server's static folder, once per page.

function plotly(url) {
  window.dinoPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL(url, document.baseURI);
    const failed = () => {
      window.dinoPlotly = null;  // the next drawing tries again
      reject(new Error("plotly.js did not load"));
    };
    script.onload = () => (window.Plotly ? resolve(window.Plotly) : failed());
    script.onerror = failed;
    document.head.appendChild(script);
  });
  return window.dinoPlotly;
}

// The theme's colours, as Streamlit lays them on every component.
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

// A visitor's zoom outlives new data: plotly alone forgets it when the figure's own range moves.
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

export default function ({ data: [data], parentElement, setTriggerValue }) {
  if (!data.figure) return void plotly(data.source).catch(() => {});  // nothing to draw as yet
  const frame = parentElement.querySelector(".dino-frame");
  const host = frame.querySelector(".dino-plot");
  const more = () => frame.classList.toggle(  // there is more to the right
    "more", frame.scrollLeft + frame.clientWidth < frame.scrollWidth - 4);

  async function show(Plotly, traces, layout) {
    if (host.failed) host.textContent = "";
    host.failed = false;
    await Plotly.react(
      host, traces, layout, { displayModeBar: false, responsive: false, doubleClick: false });
    more();
    host.dataset.draws = 1 + Number(host.dataset.draws || 0);
    if (host.watched) return;
    follow(Plotly, host);
    host.on("plotly_click", ({ points: [point] }) => {
      if (host.clickable) setTriggerValue("point", [point.x, point.y]);
    });
    host.watched = new ResizeObserver(() => {
      if (host.offsetParent) Plotly.Plots.resize(host);
      more();
    });
    host.watched.observe(host);
  }

  function draw() {
    const { tokens, font } = palette(frame);
    const { data: traces, layout } = painted(data.figure, tokens);
    layout.font.family = font;
    host.style.height = layout.height + "px";
    host.style.minWidth = (data.least_width || 0) + "px";
    host.clickable = data.clickable;
    frame.onscroll = more;
    host.style.cursor = data.clickable ? "pointer" : "";
    host.setAttribute("role", "img");
    host.setAttribute("aria-label", data.alt);
    keep(host, layout);
    host.drawing = plotly(data.source).then(
      (Plotly) => host.calls.at(-1) === draw && show(Plotly, traces, layout),
      () => {
        host.failed = true;
        host.textContent = "This picture could not be drawn; reload the page to try again.";
      },
    );
  }

  return keepLatest(host, draw, () => {
    host.drawing.finally(() => {  // a drawing under way still needs what a purge takes away
      if (host.calls.length) return;  // it came back
      host.watched?.disconnect();
      host.watched = null;
      window.Plotly?.purge(host);
    });
  });
}
