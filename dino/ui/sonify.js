// A chart by keyboard and ear. It takes the focus. Each stop of the arrow keys is a short tone,
// whose pitch is the value there, and a sentence. Nothing sounds before a key is pressed. Left and
// right walk along a lane: a curve, or the symbols of one rank under a name's letters.

const DINO_LOW = 220, DINO_OCTAVES = 2;  // hertz at the chart's bottom; from there to its top
const DINO_STOPS = 60, DINO_LEAP = 10;  // stops of a long curve; stops that Page Up skips
const DINO_TUNE = 3000, DINO_SLOWEST = 350;  // milliseconds to play all stops; of one of few
const DINO_WALKS = {  // stops along the lane; lanes down
  ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1],
  PageDown: [DINO_LEAP, 0], PageUp: [-DINO_LEAP, 0], Home: [-Infinity, 0], End: [Infinity, 0],
};

const fill = (template, fields) =>
  template.replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);
const plain = (text) => text.replaceAll("&lt;", "<").replaceAll("&amp;", "&");
const between = (value, least, most) => Math.min(most, Math.max(least, value));

// As the server writes numbers. With a decimal comma, four digits are not separated.
function spoken(value, digits, [decimal, thousands]) {
  const all = String(Math.round(Math.abs(value) * 10 ** digits)).padStart(digits + 1, "0");
  const whole = all.slice(0, all.length - digits), part = all.slice(all.length - digits);
  const isParted = whole.length > 4 || thousands === ",";
  return (value < 0 ? "\u2212" : "")
    + (isParted ? whole.replace(/\B(?=(\d{3})+$)/g, thousands) : whole) + (part && decimal + part);
}

function pitch(host, value) {
  const { range } = host.walk, isLog = !range && host.figure.layout.yaxis.type === "log";
  const [low, high] = range ?? host.ranges[1], at = isLog ? Math.log10(value) : value;
  return DINO_LOW * 2 ** (DINO_OCTAVES * between((at - low) / (high - low), 0, 1));
}

// Fade both ends, or it would click.
function playTone(frequency) {
  const audio = (window.dinoAudio ??= window.AudioContext && new AudioContext());
  if (!audio) return;
  audio.resume();
  const tone = audio.createOscillator(), volume = audio.createGain(), now = audio.currentTime;
  tone.frequency.value = frequency;
  volume.gain.setValueAtTime(0, now);
  volume.gain.linearRampToValueAtTime(0.15, now + 0.01);
  volume.gain.setTargetAtTime(0, now + 0.06, 0.03);
  tone.connect(volume).connect(audio.destination);
  tone.start(now);
  tone.stop(now + 0.25);
}

// The stops of a curve: about DINO_STOPS of its points, always with its lowest point and the first
// one below each line. Say its beginning, its end, its lowest point, and where it crosses a line.
function curveStops(curve, lines, words, marks) {
  const there = [...curve.y.keys()].filter((i) => Number.isFinite(curve.y[i]));
  if (!there.length) return [];
  const { x, y } = curve, last = there.length - 1, count = Math.min(DINO_STOPS, there.length);
  const lowest = there.reduce((least, i) => (y[i] < y[least] ? i : least));
  const levels = lines.filter(({ y0, y1 }) => y0 === y1), steps = lines.filter(({ x0, x1 }) => x0 === x1);
  const grid = new Set([lowest, ...levels.map(({ y0 }) => there.find((i) => y[i] < y0)),
    ...Array.from({ length: count }, (_, n) => there[count > 1 ? Math.round(n * last / (count - 1)) : 0])]);
  const kept = there.filter((i) => grid.has(i));
  return kept.map((i, n) => {
    const before = kept[n - 1], remarks = [];
    const crosses = (line, word) => remarks.push(fill(words[word], {
      line: line.name, level: spoken(line.y0, 2, marks) }));
    if (n === 0) remarks.push(words.start);
    for (const line of n ? levels : []) {
      if (y[before] >= line.y0 && y[i] < line.y0) crosses(line, "below");
      if (y[before] < line.y0 && y[i] >= line.y0) crosses(line, "above");
    }
    for (const line of steps) if (x[i] >= line.x0 && !(x[before] >= line.x0)) crosses(line, "passes");
    if (i === lowest) remarks.push(words.lowest);
    if (n === kept.length - 1) remarks.push(words.end);
    const at = spoken(x[i], Number.isInteger(x[i]) ? 0 : 1, marks);
    const text = fill(words.point, { x: at, y: spoken(y[i], 2, marks) });
    return { x: x[i], y: y[i], value: y[i], text, remarks };
  });
}

// The newest and most important curve is drawn last, but comes first here.
function curveLanes(host) {
  const { words, curves } = host.walk, { data, layout } = host.figure;
  const lines = layout.shapes?.filter(({ name }) => name) ?? [];
  return [...(curves ?? data)].reverse()
    .filter(({ type, hoverinfo }) => type === "scatter" && hoverinfo !== "skip")
    .map((curve) => ({ name: plain(curve.name), stops: curveStops(curve, lines, words, layout.separators) }))
    .filter(({ stops }) => stops.length);
}

// Below each letter, the first lane is the most likely symbol; `home` is the lane of the one taken.
function letterLanes(host) {
  const { letters, taken } = host.walk, [{ z, text }] = host.figure.data;
  const columns = letters.map((_, t) => [...z.keys()].sort((a, b) => z[b][t] - z[a][t] || a - b));
  return z.map((_, rank) => ({ stops: letters.map((letter, t) => {
    const row = columns[t][rank], home = Math.max(0, columns[t].indexOf(taken[t]));
    const words = rank === home ? letter : plain(text[row][t]);
    return { x: t, y: row, value: z[row][t], text: words, home };
  }) }));
}

const lanesOf = (host) => host.walk.lanes ?? (host.walk.letters ? letterLanes : curveLanes)(host);

// Go to a stop: play its tone, show the chart's pointer, and say its sentence.
function visit(host, stop, name, isPlaying = false) {
  const frequency = window.dinoMuted ? null : pitch(host, stop.value);
  if (frequency) playTone(frequency);
  pointAt(host, stop);
  const words = [name && fill(host.walk.words.curve, { curve: name }), stop.text, ...(stop.remarks ?? [])];
  tell(host, isPlaying ? "" : words.filter(Boolean).join(" "), frequency);
}

function tell(host, sentence, frequency = null) {
  if (sentence) host.said.textContent = sentence;
  host.dispatchEvent(new CustomEvent("dino-heard", { bubbles: true, detail: { frequency, sentence } }));
}

// Draw a ring around the point; along curves, also show all their values, as under a mouse.
function pointAt(host, stop) {
  host.stop = stop;
  const frame = host.parentElement, { xaxis, yaxis } = host._fullLayout ?? {};
  if (!xaxis?.d2p) return;
  if (host.walk.words.point) window.Plotly.Fx.hover(host, { xval: stop.x }, "xy");
  const [left, top] = [xaxis, yaxis].map((axis, i) => {
    const at = axis.d2p(i ? stop.y : stop.x);
    return at >= -1 && at <= axis._length + 1 ? axis._offset + at : NaN;
  });
  host.ring ??= make("div", "", host, "dino-ring");
  host.ring.hidden = Number.isNaN(left + top);
  Object.assign(host.ring.style, { left: `${left}px`, top: `${top}px` });
  const room = frame.clientWidth / 4;
  if (left < frame.scrollLeft + room || left > frame.scrollLeft + 3 * room) frame.scrollLeft = left - 2 * room;
}

const nearest = (stops, x) => stops.reduce((best, stop, i) =>
  (Math.abs(stop.x - x) < Math.abs(stops[best].x - x) ? i : best), 0);

// Walk by this many stops and lanes from the last position; at first, to the beginning or the end.
function walkBy(host, [along, down]) {
  const lanes = lanesOf(host);
  if (!lanes.length) return;
  const isFirst = !host.stop, { stops: [first] } = lanes[0];
  let lane = between((host.lane ?? first.home ?? 0) + (isFirst ? 0 : down), 0, lanes.length - 1);
  const { stops } = lanes[lane], here = isFirst ? 0 : nearest(stops, host.stop.x);
  const there = between(here + (isFirst && along !== Infinity ? 0 : along), 0, stops.length - 1);
  if (along) lane = stops[there].home ?? lane;
  const isNew = isFirst || lane !== host.lane;
  host.lane = lane;
  visit(host, lanes[lane].stops[there], isNew && lanes[lane].name);
}

// Play all stops in about three seconds, and say what a stop has to remark.
function playAll(host) {
  const lanes = lanesOf(host), all = lanes[host.lane ?? 0]?.stops ?? lanes[0]?.stops ?? [];
  const tune = all.map((stop, i) => (stop.home === undefined ? stop : lanes[stop.home].stops[i]));
  const pace = Math.min(DINO_SLOWEST, DINO_TUNE / tune.length);
  const next = (i) => {
    if (!host.isConnected || i >= tune.length) return;
    const isQuiet = i && i < tune.length - 1 && !tune[i].remarks?.length;
    host.lane = tune[i].home ?? host.lane ?? 0;
    visit(host, tune[i], i ? "" : lanes[host.lane].name, isQuiet);
    host.plays = setTimeout(next, pace, i + 1);
  };
  next(0);
}

function heardKey(host, event) {
  if (event.target !== host || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const [along, down] = DINO_WALKS[key] ?? [];
  if (along === undefined && !["p", " ", "m", "Escape"].includes(key)) return;
  event.preventDefault();
  event.stopPropagation();
  clearTimeout(host.plays);
  if (key === "Escape") return host.blur();
  if (key === "m") {
    window.dinoMuted = !window.dinoMuted;
    return tell(host, window.dinoMuted ? host.walk.muted : host.walk.unmuted);
  }
  if (along === undefined) return playAll(host);
  walkBy(host, [event.shiftKey && Math.abs(along) === 1 ? DINO_LEAP * along : along, down]);
}

// If a chart has a `walk`, make the keys walk over it; else it is only a picture.
function makeHeard(frame, host, walk, alt) {
  host.walk = walk;
  const chart = frame.closest(".dino-chart");
  host.setAttribute("role", walk && chart ? "application" : "img");
  // Not while it has the focus, or a screen reader would read each sentence of a live chart.
  if (document.activeElement !== host) host.setAttribute("aria-label", alt);
  if (!walk || !chart) return;
  window.dinoCharts = (window.dinoCharts ?? 0) + (host.said ? 0 : 1);
  host.how ??= Object.assign(make("p", "", chart, "dino-how"), { id: `dino-how-${window.dinoCharts}` });
  host.said ??= make("p", "", chart, "dino-said");
  host.how.textContent = walk.how;
  host.said.setAttribute("aria-live", "polite");
  host.tabIndex = 0;
  host.classList.add("own-keys");  // projector mode leaves these keys to the chart
  host.setAttribute("aria-roledescription", walk.role);
  host.setAttribute("aria-describedby", host.how.id);
  host.onkeydown = (event) => heardKey(host, event);
  host.onblur = () => {
    clearTimeout(host.plays);
    host.said.textContent = "";
    window.Plotly?.Fx?.unhover(host);
    if (host.ring) host.ring.hidden = true;
    host.stop = null;
    host.setAttribute("aria-label", host.alt);
  };
}

// After a chart was redrawn: point again at the last position. For screen readers, what plotly drew
// is one picture.
function heardAgain(host) {
  if (!host.walk) return;
  host.querySelector(".plot-container")?.setAttribute("aria-hidden", "true");
  if (host.stop && document.activeElement === host) pointAt(host, host.stop);
}

