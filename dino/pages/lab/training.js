// The live part of the Lab: figures, the loss chart, names as it learns, and what a single step
// did. It draws what each frame brings, in place, and keeps the rest.

const MOST_POINTS = 300;  // drawn points of a curve; more would not be visible

function join(curve, part) {
  if (part.from > curve.x.length) return null;
  return { x: [...curve.x.slice(0, part.from), ...part.x],
           y: [...curve.y.slice(0, part.from), ...part.y] };
}

// At most this many of a curve's points, including the first and the last.
function thinned({ x, y }) {
  if (x.length <= MOST_POINTS) return { x, y };
  const places = Array.from({ length: MOST_POINTS }, (_, i) =>
    Math.round(i * (x.length - 1) / (MOST_POINTS - 1)));
  return { x: places.map((i) => x[i]), y: places.map((i) => y[i]) };
}

function showNewest(host, newest) {
  host.querySelector(".when").textContent = newest?.when ?? "";
  host.querySelector(".passed").textContent = newest?.passed ?? "";
  host.querySelector(".large").replaceChildren(...(newest?.names ?? []).map((text) => {
    const name = document.createElement("p");
    name.className = "name";
    name.textContent = name.title = text;
    return name;
  }));
}

// What the chart's lines are, a term and a sentence for each, and how they are measured.
function showLines(host, lines, [title, facts]) {
  const drawn = JSON.stringify([lines, title, facts]);
  if (host.drawnLines === drawn) return;
  host.drawnLines = drawn;
  host.querySelector(".measured summary").textContent = title;
  host.querySelector(".measured ul").replaceChildren(...facts.map((fact) => {
    const item = document.createElement("li");
    item.textContent = fact;
    return item;
  }));
  host.querySelector("dl.lines").replaceChildren(...lines.map(([term, words]) => {
    const line = document.createElement("div"), name = document.createElement("dt");
    const about = document.createElement("dd");
    name.textContent = `${term}: `;
    about.textContent = words;
    line.append(name, about);
    return line;
  }));
}

function showNames(host, rows) {
  const digits = Math.max(...rows.map(([step]) => step.length), 5);
  host.querySelector(".moments table").style.setProperty("--digits", digits);
  host.querySelector(".moments tbody").replaceChildren(...rows.map((cells) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text, i) => {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.className = ["number", "name", "name", "past"][i];
      if (i) cell.title = text;
      return cell;
    }));
    return row;
  }));
}

// On a phone, plotly's legend would take one line per curve. The key above the chart takes one for
// all.
function showKey(host, layout, traces) {
  const key = host.querySelector(".key"), { tokens } = palette(host);
  if (getComputedStyle(key).display === "none") return;
  Object.assign(layout, { showlegend: false, margin: { ...layout.margin, t: key.offsetHeight } });
  key.replaceChildren(...traces.map(({ name, line = {} }) => {
    const curve = document.createElement("span");
    curve.textContent = name;
    curve.className = line.dash ?? "solid";
    curve.style.setProperty("--curve", tokens[line.color] ?? line.color);
    return curve;
  }));
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-live");
  const frameElement = host.querySelector(".dino-frame");
  const plot = host.querySelector(".dino-plot");

  // Draw the newest frame, but at most a third of the time: if server and browser share a computer,
  // drawing slows the training. A planned draw uses the words and the theme of the newest call.
  function drawSoon() {
    plot.planned ??= setTimeout(() => {
      plot.planned = null;
      plot.drawChart();
    }, Math.max(0, (plot.restsUntil ?? 0) - performance.now()));
  }

  // As the styles have it in this width.
  function chartHeight() {
    return parseInt(getComputedStyle(host).getPropertyValue("--chart-height")) || host.layout.height;
  }

  async function drawChart() {
    plot.drawnHeight = chartHeight();
    const began = performance.now();
    // The server sends few means of the training curve, but every measurement of the others.
    const curves = [host.train, thinned(host.evaluated), thinned(host.val)];
    const own = data.traces.map((trace, i) => ({
      ...trace, ...curves[i], mode: curves[i].x.length > 1 ? "lines" : "markers" }));
    const traces = [...(host.earlier ?? []), ...own];
    const whole = [host.train, host.evaluated, host.val].map((it, i) => ({ ...own[i], ...it }));
    const number = plot.asked = 1 + (plot.asked ?? 0);
    const figure = {
      data: traces,
      layout: { ...structuredClone(host.layout), separators: data.separators, height: chartHeight() },
    };
    showKey(host, figure.layout, own);
    if (!window.Plotly) drawEarly(frameElement, figure);
    await drawFigure(frameElement, {
      figure,
      source: data.source, failed: data.failed, keep: data.keep,
      walk: { ...data.walk, curves: [...(host.earlier ?? []), ...whole] },
      alt: `${data.words.chart} ${host.querySelector(".sentence").textContent}`,
    }, () => plot.asked === number);
    if (plot.dataset.draws || plot.failed) leaveEarly(frameElement);
    const now = performance.now();
    plot.restsUntil = now + 2 * (now - began);
  }

  function drawReport() {
    showReport(host.querySelector(".report"), host.report, palette(host).tokens["@sequential"]);
  }

  function showSentence() {
    host.querySelector(".sentence").textContent =
      [host.sentence, data.doubt].filter(Boolean).join(" ");
  }

  // Take a frame; return whether it is drawn. drawn: whether the script has drawn its state, so
  // that it need not be told.
  function take(frame, drawn = false) {
    if (frame.phase === "none") return dinoTell(host, "changed", frame.state);
    if (!frame.train || !isNewer(host, data.key, frame)) return;
    const none = { x: [], y: [] };
    const [train, evaluated, val] = ["train", "evaluated", "val"].map((name) =>
      join(host[name] ?? none, frame[name]));
    const layout = frame.layout ?? host.layout;
    if (!train || !evaluated || !val || !layout) return dinoEvents().restart();
    const { sentence, figures } = frame;
    Object.assign(host, { train, evaluated, val, layout, sentence, figures });
    host.earlier = frame.earlier ?? host.earlier;
    showFigures(host, frame.figures, data.labels, data.words);
    if (frame.names) {
      showNewest(host, frame.newest);
      showNames(host, frame.names);
    }
    if ("report" in frame) {
      host.report = frame.report;
      drawReport();
    }
    showSentence();
    host.dataset.step = frame.step;
    host.dataset.phase = frame.phase;
    drawSoon();
    if (!drawn) dinoTell(host, "changed", frame.state);
    return true;
  }

  return keepLatest(host, () => {
    plot.drawChart = drawChart;
    host.sized ??= new ResizeObserver(() => {
      if (host.layout && plot.drawnHeight !== chartHeight()) drawSoon();
    });
    host.sized.observe(host);
    host.heard = (frame) => take(frame);
    fillWords(host, data.words);
    showLines(host, data.lines, data.measured);
    dinoAsk(host, data, setTriggerValue);
    const isTaken = data.frame && take(data.frame, true);
    if (data.frame) dispatchEvent(new CustomEvent("dino-frame", { detail: data.frame }));
    if (!isTaken && host.layout) {  // the theme or the language may have changed
      showFigures(host, host.figures, data.labels, data.words);
      drawChart();
      drawReport();
      showSentence();
    }
    dinoRemind(host, "changed");
  }, () => {
    dinoLeave(host);
    host.sized.disconnect();
    clearTimeout(plot.planned);
    plot.planned = null;
    leaveFigure(plot, () => host.calls.length);
  });
}
