// The strip: the folded cell, and the same cell unrolled over the start of a name. A chosen part
// lights up with what flows into it, and the lines of code that compute it are marked below. A
// chosen line lights up its part. This computes only places and colours.

const STRIP = { step: 96, first: 274, half: 28, cell: 140, below: 196, input: 232, bottom: 262 };
const ROW = 17, STAGE = 260;  // ROW: pixels of a probability. STAGE: milliseconds of a played stage.
// What lights up with a part of step t: what flows into it on the way forward and on the way back.
const INPUTS = {
  forward: {
    W_hh: [["cell", -1]], W_xh: [["input", 0]], W_hy: [["cell", 0]], p: [["W_hy", 0], ["cell", 0]],
    cell: [["W_xh", 0], ["W_hh", 0], ["input", 0], ["cell", -1]],
  },
  backward: {
    W_hy: [["p", 0]], cell: [["W_hy", 0], ["W_hh", 1]], W_hh: [["cell", 0]], W_xh: [["cell", 0]],
    input: [["W_xh", 0]], h0: [["W_hh", 0]],
  },
  update: {},
};
const EVERY = { shared: "W_hh" };  // with the shared matrix, all its arrows
const MOVED = { shared: 0, W_hh: 1, W_xh: 1, W_hy: 1 };  // the stage of an update at which each moves

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-strip");
  const { words, steps } = data;
  const picture = host.querySelector(".picture"), status = host.querySelector(".status");
  const style = getComputedStyle(host);
  const list = (name) => style.getPropertyValue("--st-chart-" + name + "-colors").split(",");
  const colors = list("categorical").map((color) => color.trim());
  const ends = list("diverging");
  const [negative, positive] = [ends[0].trim(), ends.at(-1).trim()];
  const color = { W_xh: colors[0], W_hh: colors[1], W_hy: colors[2] };
  const ink = (kind) => ({ class: "name", style: `--ink:${color[kind]}` });
  const x = (t) => STRIP.first + STRIP.step * t;
  const keyOf = (kind, t) => (kind === "cell" && t < 0 ? "h0 0" : `${kind} ${t}`);
  const way = () => (["backward", "update"].includes(host.mode) ? host.mode : "forward");

  const svg = (tag, attributes, to, text = "") => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.textContent = text;
    to.append(element);
    return element;
  };

  // A part that can be chosen. t: its step; order: its place when the way forward is played.
  function part(kind, t, order, label, to) {
    const group = svg("g", { class: `part ${kind}`, role: "button", tabindex: 0 }, to);
    group.dataset.part = keyOf(kind, t);
    group.dataset.order = order;
    group.setAttribute("aria-label", label);
    group.onclick = () => choose(kind, t);
    group.onkeydown = (event) => move(event, kind, t);
    return group;
  }

  function arrow(group, from, to, kind, label, place) {
    svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1], class: "wide" }, group);
    svg("line", {
      x1: from[0], y1: from[1], x2: to[0], y2: to[1], stroke: color[kind], class: "arrow",
      "marker-end": `url(#dino-${kind})`, "data-mark": `url(#dino-${kind})`,
    }, group);
    const [dx, dy, anchor] = place;
    const middle = [(from[0] + to[0]) / 2 + dx, (from[1] + to[1]) / 2 + dy];
    const at = { x: middle[0], y: middle[1], "text-anchor": anchor, ...ink(kind) };
    svg("text", at, group, label);
  }

  function box(group, middle, top, height, text) {
    svg("rect", {
      x: middle - STRIP.half, y: top, width: 2 * STRIP.half, height, rx: 6, class: "box",
    }, group);
    const at = { x: middle, y: top + height / 2 + 5, "text-anchor": "middle", class: "letter" };
    if (text) svg("text", at, group, text);
  }

  // A state, unit by unit.
  function units(group, middle, values) {
    values.forEach((value, i) => svg("rect", {
      x: middle - 24 + 8 * (i % 6), y: STRIP.cell + 3 + 10 * Math.floor(i / 6), width: 7, height: 9,
      fill: value < 0 ? negative : positive, "fill-opacity": Math.min(1, Math.abs(value)),
    }, group));
  }

  function folded(to) {
    const group = svg("g", { class: "folded" }, to), middle = 70;
    box(group, middle, STRIP.cell, STRIP.below - STRIP.cell, "h");
    arrow(group, [middle, STRIP.input], [middle, STRIP.below + 4], "W_xh", "W_xh", [6, 4, "start"]);
    arrow(group, [middle, STRIP.cell], [middle, 96], "W_hy", "W_hy", [6, 4, "start"]);
    const write = (at, y, text, more) =>
      svg("text", { x: at, y, "text-anchor": "middle", ...more }, group, text);
    write(middle, 88, "p", { class: "letter" });
    write(middle, 250, "x", { class: "letter" });
    write(middle, 20, words.folded, { class: "note" });
    write(134, 176, "=", { class: "equals" });
  }

  // The one W_hh: in the folded cell, an arrow from the cell to itself.
  function shared(to) {
    const group = part("shared", 0, -1, words.parts.shared, to), [left, right] = [98, 132];
    const d = `M ${left} 160 C ${right} 130, ${right} 206, ${left + 4} 180`;
    svg("path", { d, class: "wide" }, group);
    svg("path", {
      d, stroke: color.W_hh, class: "arrow",
      "marker-end": "url(#dino-W_hh)", "data-mark": "url(#dino-W_hh)",
    }, group);
    svg("text", { x: 124, y: 140, "text-anchor": "middle", ...ink("W_hh") }, group, "W_hh");
  }

  function probabilities(group, t, step) {
    const left = x(t) - 40;
    step.top.forEach(([symbol, text, share, isTarget], i) => {
      const y = 22 + ROW * i;
      const width = Math.max(1, 34 * share), name = isTarget ? "target" : "";
      svg("rect", { x: left + 16, y: y + 2, width, height: ROW - 5, class: "share" }, group);
      svg("text", { x: left + 12, y: y + 12, "text-anchor": "end", class: name }, group, symbol);
      svg("text", { x: left + 54, y: y + 12, class: `number ${name}` }, group, text);
    });
    svg("rect", { x: left - 4, y: 18, width: 88, height: ROW * 4 + 4, class: "wide box" }, group);
    svg("text", { x: x(t), y: 12, "text-anchor": "middle", class: "note" }, group, step.loss);
  }

  function drawStep(t, step, to) {
    const name = (kind) => `${words.parts[kind]}, ${words.step} ${t + 1}`;
    const past = part("W_hh", t, 4 * t + 1, name("W_hh"), to);
    const ends = [[x(t - 1) + STRIP.half, 168], [x(t) - STRIP.half - 4, 168]];
    arrow(past, ...ends, "W_hh", "W_hh", [0, -9, "middle"]);
    const read = part("input", t, 4 * t, `${name("input")}: ${step.input}`, to);
    box(read, x(t), STRIP.input, 28, step.input);
    const letter = part("W_xh", t, 4 * t + 1, name("W_xh"), to);
    arrow(letter, [x(t), STRIP.input], [x(t), STRIP.below + 4], "W_xh", "W_xh", [6, 4, "start"]);
    const cell = part("cell", t, 4 * t + 2, name("cell"), to);
    box(cell, x(t), STRIP.cell, STRIP.below - STRIP.cell, "");
    units(cell, x(t), step.units);
    if (step.top.length) drawOutput(t, step, to, name);
    if (t + 1 < steps.length) {  // the symbol that was written is the next input
      const [from, next] = [x(t) + 34, x(t + 1) - STRIP.half - 2], middle = (from + next) / 2 + 4;
      const loop = svg("path", {
        d: `M ${from} 90 C ${middle} 110, ${middle} 226, ${next} ${STRIP.input + 14}`,
        class: "loop", "marker-end": "url(#dino-loop)",
      }, to);
      loop.dataset.order = 4 * t + 3.5;
    }
  }

  function drawOutput(t, step, to, name) {
    const score = part("W_hy", t, 4 * t + 3, name("W_hy"), to);
    arrow(score, [x(t), STRIP.cell], [x(t), 98], "W_hy", "W_hy", [6, 4, "start"]);
    probabilities(part("p", t, 4 * t + 3, name("p"), to), t, step);
  }

  function draw() {
    const width = x(steps.length - 1) + 64;
    const focused = parentElement.activeElement ?? host.getRootNode().activeElement;
    const before = focused?.dataset?.part, { scrollLeft } = picture;
    const root = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    root.setAttribute("viewBox", `0 0 ${width} ${STRIP.bottom}`);
    // As wide as the page if the page asks for that, as on a projector, which nobody scrolls
    // sideways.
    root.style.width = `var(--dino-fit, ${width}px)`;
    root.style.maxWidth = 1.6 * width + "px";
    root.dataset.cuts = steps.map((_, t) => x(t) - 46).join(" ");  // where a print may cut it
    const marks = svg("defs", {}, root);
    const inks = { ...color, loop: style.getPropertyValue("--st-text-color") };
    for (const [kind, fill] of Object.entries(inks)) {
      const mark = svg("marker", {
        id: `dino-${kind}`, viewBox: "0 0 8 8", refX: 6, refY: 4, markerWidth: 8, markerHeight: 8,
        orient: "auto-start-reverse", markerUnits: "userSpaceOnUse",
      }, marks);
      svg("path", { d: "M 0 0 L 8 4 L 0 8 z", fill }, mark);
    }
    folded(root);
    shared(root);
    const start = part("h0", 0, 0, words.parts.h0, root);
    box(start, x(-1), STRIP.cell, STRIP.below - STRIP.cell, "h₀");
    steps.forEach((step, t) => drawStep(t, step, root));
    picture.replaceChildren(root);
    picture.scrollLeft = scrollLeft;
    drawButtons();
    if (host.key !== data.key) host.chosen = null;
    const isThere = () => picture.querySelector(`[data-part="${keyOf(...host.chosen)}"]`);
    if (host.chosen && !isThere()) host.chosen = null;
    if (host.key !== data.key) stop();  // another start: stop playing the old picture
    host.key = data.key;
    show();
    if (before) host.querySelector(`[data-part="${before}"]`)?.focus({ preventScroll: true });
  }

  // Choosing a part: everything else is dimmed, what flows into it stays lit, and its lines of code
  // are marked.
  function choose(kind, t) {
    if (kind === "cell" && t < 0) kind = "h0";
    if (kind === "h0" || kind === "shared") t = 0;
    const isSame = host.chosen && keyOf(...host.chosen) === keyOf(kind, t);
    host.chosen = isSame ? null : [kind, t];
    light();
    // The one W_hh belongs to no step. Then the formulas are those of the last step, as without a
    // choice.
    setTriggerValue("part", host.chosen && kind !== "shared" ? host.chosen : ["", 0]);
  }

  function litWith(kind, t) {
    const found = (INPUTS[way()][kind] ?? []).map(([part, ago]) => keyOf(part, t + ago));
    const every = EVERY[kind] ?? (way() === "update" && kind in MOVED ? kind : "");
    if (every) found.push(...steps.map((_, t) => keyOf(every, t)));
    return new Set([...found, keyOf(kind, t)]);
  }

  function light() {
    const [kind, t] = host.chosen ?? ["", 0], lit = kind ? litWith(kind, t) : new Set();
    host.classList.toggle("zoomed", Boolean(kind));
    for (const group of picture.querySelectorAll(".part")) {
      group.classList.toggle("lit", lit.has(group.dataset.part));
      group.setAttribute("aria-pressed", kind !== "" && group.dataset.part === keyOf(kind, t));
    }
    showCode();
  }

  // Show the code of the chosen part; if stages are played one by one, the code of the stage's
  // parts.
  function showCode() {
    const now = host.waits ? [...picture.querySelectorAll(".part.now")] : [];
    const parts = host.chosen ? [host.chosen] : now.map((group) => group.dataset.part.split(" "));
    const kinds = [...new Set(parts.map(([kind]) => kind))], t = Number(parts[0]?.[1] ?? 0);
    const key = `${way()} ${kinds} ${t}`;
    if (host.code?.data === data && host.code.key === key) return;
    host.code = { data, key };
    const below = host.chosen && kinds[0] !== "shared" ? words.below : "";
    drawStripCode(host.querySelector(".code"), data, way(), kinds, below, (kind) => choose(kind, t));
  }

  function move(event, kind, t) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      choose(kind, t);
    }
    if (event.key === "Escape" && host.chosen) choose(...host.chosen);
    const column = ["input", "W_xh", "cell", "W_hy", "p"], i = column.indexOf(kind);
    const up = column[i + 1] ?? kind, down = column[i - 1] ?? kind;
    const to = {
      ArrowRight: [kind, t + 1], ArrowLeft: [kind, t - 1], ArrowUp: [up, t], ArrowDown: [down, t],
    }[event.key];
    const next = to && picture.querySelector(`[data-part="${keyOf(...to)}"]`);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }

  // Playing: stages count from 0, and later ones are pale. On the way back the last step comes
  // first, and at the end all parts of the gradient are in the one W_hh. In an update, W_hh moves
  // first.
  const last = () => (host.mode === "update" ? 2 : 4 * steps.length);
  function stageOf(element) {
    const order = Number(element.dataset.order);
    if (host.mode === "update") return MOVED[element.dataset.part?.split(" ")[0]] ?? Infinity;
    return host.mode === "backward" ? last() - 1 - order : order;
  }

  function drawButtons() {
    const bar = host.querySelector(".bar");
    bar.replaceChildren();
    const add = (name, text, act, disabled = false, title = "") => {
      const button = make("button", text, bar, name);
      Object.assign(button, { onclick: act, disabled, title });
      button.dataset.part = `button ${name}`;
      return button;
    };
    const { ways, flows, writes } = data;
    const may = { forward: true, backward: flows, update: flows, writing: writes };
    for (const mode of ways) {
      const yes = may[mode];
      add(mode, words[mode], () => play(mode), !yes, yes ? "" : words[`no_${mode}`])
        .setAttribute("aria-pressed", host.mode === mode);
    }
    add("one", words.one, () => step(), !host.mode);
    add("all", words.all, () => { stop(); show(); drawButtons(); }, !host.mode);
  }

  function play(mode) {
    if (host.chosen) choose(...host.chosen);  // a lit part would hide what is played
    Object.assign(host, { mode, stage: -1, waits: false });
    drawButtons();
    clearInterval(host.timer);
    const next = () => (picture.isConnected ? advance() : clearInterval(host.timer));
    host.timer = setInterval(next, mode === "update" ? 6 * STAGE : STAGE);  // long enough to read a sentence
    advance();
  }

  function step() {
    clearInterval(host.timer);
    host.waits = true;
    advance();
  }

  function advance() {
    host.stage += 1;
    if (host.stage >= last()) { clearInterval(host.timer); host.stage = last(); }
    show();
  }

  function stop() {
    clearInterval(host.timer);
    Object.assign(host, { mode: null, waits: false });
  }

  function show() {
    const { mode, stage } = host;
    host.classList.toggle("playing", Boolean(mode));
    host.dataset.mode = mode ?? "";
    for (const element of picture.querySelectorAll("[data-order]")) {
      const at = stageOf(element);
      element.classList.toggle("later", Boolean(mode) && at > stage && stage < last());
      element.classList.toggle("now", Boolean(mode) && Math.floor(at) === stage);
    }
    for (const line of picture.querySelectorAll(".part .arrow")) {  // along which the gradient flows
      line.setAttribute("marker-end", mode === "backward" ? "" : line.dataset.mark);
      line.setAttribute("marker-start", mode === "backward" ? line.dataset.mark : "");
    }
    for (const [t, it] of steps.entries()) {
      const line = picture.querySelector(`[data-part="W_hh ${t}"] .arrow`);
      line.style.strokeWidth = mode === "backward" ? 1 + 7 * it.flow : "";
    }
    light();
    if (!mode) { status.textContent = ""; return; }
    const at = Math.min(steps.length - 1, Math.floor(Math.min(stage, last() - 1) / 4));
    const t = mode === "backward" ? steps.length - 1 - at : at;
    const said = mode === "update" ? words.update_stages[stage] : steps[t][mode];
    status.textContent = stage >= last() ? words[`${mode}_end`] : said;
    follow(mode === "update" || (mode === "backward" && stage >= last()) ? 70 : x(t));
  }

  // Scroll a place of the picture into sight.
  function follow(middle) {
    if (middle > picture.scrollLeft + picture.clientWidth - 60 || middle < picture.scrollLeft + 60)
      picture.scrollLeft = middle - picture.clientWidth / 2;
  }

  return keepLatest(host, draw, () => clearInterval(host.timer));
}
