// The empty axes of a loss chart with the line of a bet, which one drags along the steps. Once the
// bet is placed, the curves of the run grow there.

const DINO_PLACE = { left: 46, right: 18, top: 20, bottom: 40, height: 220 };
const DINO_KEYS = {  // how far each key moves the line, in hundredths of the axis
  ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10,
  Home: -Infinity, End: Infinity,
};

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-drag");
  return keepLatest(host, () => {
    // What the server draws may lack the latest move, if it has not heard of it yet.
    if (host.told !== data.value) Object.assign(host, { told: data.value, value: data.value });
    host.data = data;
    host.send = () => setTriggerValue("value", host.value);
    if (!host.holds) drawAxes(host);
    host.seen ??= new ResizeObserver(() => host.holds || drawAxes(host));
    host.seen.observe(host);
  }, () => clearTimeout(host.waits));
}

function drawAxes(host) {
  const { data } = host, { left, right, top, bottom, height } = DINO_PLACE;
  const hadFocus = host.bet?.matches(":focus");
  host.size = Math.max(200, host.clientWidth);
  host.replaceChildren();
  host.classList.toggle("over", data.over);
  const root = shape("svg", { viewBox: `0 0 ${host.size} ${height}` }, host);
  root.style.height = `${height}px`;
  const end = host.size - right, base = height - bottom;
  const ups = data.up.map(([loss]) => loss), most = Math.max(...ups) + 0.5, least = Math.min(...ups) - 0.5;
  const heightOf = (loss) => top + (base - top) * (most - loss) / (most - least);
  for (const [loss, text] of data.up) {
    const y = heightOf(loss);
    shape("line", { x1: left, x2: end, y1: y, y2: y, class: "rule" }, root);
    shape("text", { x: left - 6, y: y + 4, "text-anchor": "end" }, root, text);
  }
  for (const [step, text] of data.across) {
    const x = placeOf(host, step);
    shape("line", { x1: x, x2: x, y1: top, y2: base, class: "rule" }, root);
    shape("text", { x, y: base + 16, "text-anchor": "middle" }, root, text);
  }
  const middle = (top + base) / 2;
  shape("text", { x: (left + end) / 2, y: height - 6, "text-anchor": "middle" }, root, data.titles[0]);
  shape("text", { x: 14, y: middle, "text-anchor": "middle", transform: `rotate(-90 14 ${middle})` },
    root, data.titles[1]);
  if (data.curves.length) {
    const curves = shape("g", { role: "img", "aria-label": data.said }, root);
    for (const [kind, words, points] of data.curves) drawCurve(host, curves, kind, words, points, heightOf);
  }
  host.bet = shape("g", { class: "bet", role: "slider", "aria-orientation": "horizontal" }, root);
  host.bet.setAttribute("aria-label", data.label);
  host.bet.setAttribute("aria-valuemin", data.low);
  host.bet.setAttribute("aria-valuemax", data.high);
  host.bet.setAttribute("aria-disabled", data.over);
  host.bet.setAttribute("tabindex", data.over ? -1 : 0);
  shape("line", { y1: top, y2: base }, host.bet);
  // Between two losses; on the axis, it would first cover a number.
  if (!data.over) shape("circle", { cy: top + (base - top) / 3, r: 9 }, host.bet);
  shape("text", { y: top - 6 }, host.bet);
  const hint = make("div", data.hint, host, "hint");
  hint.hidden = data.over;
  if (!data.over) listen(host, root);
  showBet(host);
  if (data.over && host.value === null) host.bet.remove();  // it was skipped
  if (hadFocus) host.bet.focus();
}

function drawCurve(host, root, kind, words, points, heightOf) {
  if (!points.length) return;
  const places = points.map(([step, loss]) => [placeOf(host, step), heightOf(loss)]);
  const d = "M" + places.map(([x, y]) => `${x} ${y}`).join("L");
  const series = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors").split(",");
  const color = series[kind === "val" ? 1 : 0];  // as in every loss chart
  shape("path", { d, stroke: color, class: "curve" }, root);
  const [x, y] = places.at(-1), far = x - places[0][0] > 120;
  shape("text", { x: far ? x : x + 6, y: y + (kind === "val" ? -8 : 16), fill: color,
    "text-anchor": far ? "end" : "start" }, root, words);
}

function listen(host, root) {
  const follow = (event) => move(host, valueAt(host, event.clientX - root.getBoundingClientRect().left));
  root.onpointerdown = (event) => {
    root.setPointerCapture(event.pointerId);
    host.holds = true;
    follow(event);
  };
  root.onpointermove = (event) => host.holds && follow(event);
  root.onpointerup = () => { if (host.holds) { host.holds = false; host.send(); } };
  root.onpointercancel = () => { host.holds = false; };
  host.bet.onkeydown = (event) => {
    const by = DINO_KEYS[event.key], { low, high } = host.data;
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move(host, (host.value ?? low) + by * (high - low) / 100);
    clearTimeout(host.waits);
    host.waits = setTimeout(host.send, 250);  // a held key sends only once
  };
}

function move(host, value) {
  const { low, high } = host.data;
  host.value = Math.round(Math.min(high, Math.max(low, value)));  // a step is a whole number
  showBet(host);
}

function showBet(host) {
  const { data } = host, value = host.value ?? data.low, x = placeOf(host, value);
  const number = String(value).replace(/\B(?=\d{3}$)/, data.thousands);
  for (const line of host.bet.querySelectorAll("line")) {
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
  }
  host.bet.querySelector("circle")?.setAttribute("cx", x);
  const words = host.bet.querySelector("text");
  words.textContent = host.value === null ? data.bet : `${data.bet} ${number}`;
  const share = (value - data.low) / (data.high - data.low);  // keeps it inside the picture
  words.setAttribute("x", x);
  words.setAttribute("text-anchor", share < 0.2 ? "start" : share > 0.8 ? "end" : "middle");
  host.bet.setAttribute("aria-valuenow", value);
  host.bet.setAttribute("aria-valuetext", number);
}

function placeOf(host, value) {
  const { low, high } = host.data, { left, right } = DINO_PLACE;
  return left + (host.size - left - right) * (value - low) / (high - low);
}

function valueAt(host, x) {
  const { low, high } = host.data, { left, right } = DINO_PLACE;
  return low + (high - low) * (x - left) / (host.size - left - right);
}

function shape(tag, attributes, to, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  to.append(element);
  return element;
}
