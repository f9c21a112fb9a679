// The live part of the Lab: figures, the loss chart, names as it learns. It draws in place what
// each frame brings, and keeps the rest.

const MOST_POINTS = 300;  // of a curve that is drawn; more would not be seen

function join(curve, part) {
  if (part.from > curve.x.length) return null;
  return { x: [...curve.x.slice(0, part.from), ...part.x],
           y: [...curve.y.slice(0, part.from), ...part.y] };
}

// At most this many of its points, the first and the last among them.
function thinned({ x, y }) {
  if (x.length <= MOST_POINTS) return { x, y };
  const places = Array.from({ length: MOST_POINTS }, (_, i) =>
    Math.round(i * (x.length - 1) / (MOST_POINTS - 1)));
  return { x: places.map((i) => x[i]), y: places.map((i) => y[i]) };
}

function showFigures(host, values, labels) {
  const figures = host.querySelector(".figures");
  if (!figures.children.length) {
    for (const [label, help] of labels) {
      const figure = document.createElement("div");
      figure.className = "figure";
      figure.dataset.label = label;
      const name = document.createElement(help ? "button" : "span");
      name.className = "label";
      name.textContent = label;
      const value = document.createElement("span");
      value.className = "value";
      figure.append(name, value);
      if (help) {
        const words = document.createElement("span");
        words.className = "help";
        words.textContent = help;
        name.title = help;
        name.setAttribute("aria-label", `What “${label}” means`);
        name.setAttribute("aria-expanded", "false");
        name.onclick = () => name.setAttribute(
          "aria-expanded", String(name.getAttribute("aria-expanded") !== "true"));
        name.onblur = () => name.setAttribute("aria-expanded", "false");
        figure.append(words);
      }
      figures.append(figure);
    }
  }
  for (const figure of figures.children) {
    figure.querySelector(".value").textContent = values[figure.dataset.label] ?? "–";
  }
}

function showNames(host, rows) {
  host.querySelector("tbody").replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text, i) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.className = i ? "name" : "number";
      if (i) cell.title = text;
      return cell;
    }));
    return row;
  }));
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-live");
  const frameElement = host.querySelector(".dino-frame");
  const plot = host.querySelector(".dino-plot");

  function drawChart() {
    const curves = [host.train, host.val].map(thinned);
    const traces = data.traces.map((trace, i) => ({
      ...trace, ...curves[i], mode: curves[i].x.length > 1 ? "lines" : "markers" }));
    const number = plot.asked = 1 + (plot.asked ?? 0);
    drawFigure(frameElement, {
      figure: { data: traces, layout: structuredClone(host.layout) }, source: data.source,
      alt: `Loss against steps. ${host.querySelector(".sentence").textContent}`,
    }, () => plot.asked === number);
  }

  // drawn: with the buttons, so that nothing newer is to be told.
  function take(frame, drawn = false) {
    if (frame.phase === "none") return dinoTell(host, "changed", frame.state);
    if (!frame.train || !isNewer(host, data.key, frame)) return;
    const none = { x: [], y: [] };
    const train = join(host.train ?? none, frame.train), val = join(host.val ?? none, frame.val);
    const layout = frame.layout ?? host.layout;
    if (!train || !val || !layout) return dinoEvents().restart();
    Object.assign(host, { train, val, layout });
    showFigures(host, frame.figures, data.labels);
    if (frame.names) showNames(host, frame.names);
    host.querySelector(".sentence").textContent = frame.sentence;
    host.dataset.step = frame.step;
    host.dataset.phase = frame.phase;
    drawChart();
    if (!drawn) dinoTell(host, "changed", frame.state);
  }

  return keepLatest(host, () => {
    host.heard = (frame) => take(frame);
    dinoAsk(host, data, setTriggerValue);
    if (data.frame) take(data.frame, true);
    else if (host.layout) drawChart();  // the theme may have changed
    dinoRemind(host, "changed");
  }, () => {
    dinoLeave(host);
    leaveFigure(plot, () => host.calls.length);
  });
}
