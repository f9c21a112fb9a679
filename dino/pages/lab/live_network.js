// The live network: it writes the newest name of its run, letter by letter, and stops at the last.
// It finishes a name that it has begun, then writes the newest moment and skips those between.

const DINO_NAME = 1900, DINO_LETTER = 170;  // milliseconds: of a whole name; of a letter of a short one
const DINO_FRAME = 30, DINO_KEPT = 200;  // milliseconds between two draws; draws whose time is kept

class DinoNetwork {
  constructor(host) {
    Object.assign(this, { host, canvas: new NetworkCanvas(host.querySelector("canvas")), shown: null,
                          next: null, letter: 0, began: null, looked: false, at: 0, runAt: 0, run: "" });
    this.slider = host.querySelector(".letters");
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.pointed = new PointedUnit(() => { this.say(); this.later(); });
    host.draws = [];
    this.listen();
  }

  // What the script sends: words, the page's run, and perhaps the newest moment.
  update(data, ask) {
    Object.assign(this, { data, ask });
    fillWords(this.host, data.words);
    if (data.run !== this.run && data.at >= this.runAt) {
      Object.assign(this, { run: data.run, runAt: data.at });
      if (this.shown?.run !== data.run) this.clear();
    }
    if (data.frame) this.hear(data.frame);
    if (data.unit) this.pointed.take(data.unit);
    this.canvas.recolor();
    this.say();
    this.later();
  }

  // Show a frame of the server. A frame from before the page changed its run is of another run.
  hear(frame) {
    if (frame.phase === "none") return this.clear();
    if (!(frame.at >= this.at) || (this.runAt > frame.at && frame.written?.run !== this.run)) return;
    this.at = frame.at;
    if (!("written" in frame)) return;
    if (!frame.written) return this.clear();
    this.take({ ...frame.written, context: this.data.context });
  }

  take(written) {
    const last = this.next ?? this.shown;
    if (written.run === last?.run && written.step === last.step && written.name === last.name) return;
    const isBusy = this.shown?.run === written.run && (this.began !== null || this.looked);
    if (isBusy) this.next = written;
    else this.begin(readMoment(written));
  }

  clear() {
    this.pointed.leave();
    Object.assign(this, { shown: null, next: null, began: null, looked: false, letter: 0 });
    this.say();
    this.later();
  }

  // Write a moment from its first letter. If nothing may move, or nobody sees it, show its last
  // letter.
  begin(moment) {
    Object.assign(this, { shown: moment, next: null, looked: false, letter: 0, began: performance.now() });
    if (this.calm.matches || !this.isSeen()) this.stand(moment.T - 1);
    else this.say();
    this.pointed.renew(() => this.shown);
    this.later();
  }

  stand(letter) {
    Object.assign(this, { letter, began: null });
    this.say();
    this.later();
  }

  // Show the newest moment, if one has come meanwhile.
  goOn() {
    if (this.next) this.begin(readMoment(this.next));
  }

  isSeen() {
    return !document.hidden && this.inSight !== false && this.host.isConnected;
  }

  later() {
    if (!this.planned && this.isSeen()) this.planned = requestAnimationFrame((now) => this.frame(now));
  }

  frame(now) {
    this.planned = null;
    if (!this.isSeen()) return;
    if (this.began === null) return this.draw(1);
    const { T } = this.shown, pace = Math.min(DINO_LETTER, DINO_NAME / T);
    const passed = Math.max(0, now - this.began) / pace, letter = Math.floor(passed);
    if (letter >= T) {
      this.stand(T - 1);
      this.goOn();
    } else if (now - (this.drawnAt ?? -DINO_FRAME) >= DINO_FRAME) {
      const isNew = letter !== this.letter;
      this.letter = letter;
      if (isNew) this.say();
      this.draw(passed - letter);
      this.drawnAt = now;
    }
    this.later();
  }

  draw(share) {
    const began = performance.now(), { host, shown, letter } = this;
    if (!shown) this.canvas.empty();
    else {
      const numbers = this.canvas.paint(shown, letter, share);
      if (this.pointed.unit >= 0) this.pointed.paint(this.canvas, shown, letter);
      host.drawn = { run: shown.run, step: shown.step, letter, share, ...numbers };
    }
    this.canvas.show();
    this.align();
    host.draws.push(performance.now() - began);
    if (host.draws.length > DINO_KEPT) host.draws.shift();
    host.dataset.draws = 1 + Number(host.dataset.draws ?? 0);
  }

  // Align the words above the picture with its parts.
  align() {
    const { at } = this.canvas;
    if (!at || this.aligned === at) return;
    this.aligned = at;
    const { left, fieldZone: [field], bars } = at;
    Object.entries({ left: left ?? at.W, field, bars: bars.x }).forEach(([name, place]) =>
      this.host.style.setProperty(`--${name}`, `${Math.round(place)}px`));
  }

  // The same in words. While the picture writes, a screen reader is told nothing.
  say() {
    const { host, shown, letter, data, slider } = this, { words, separators } = data;
    const put = (place, text) => {
      if (host.querySelector(place).textContent !== text) host.querySelector(place).textContent = text;
    };
    const sentence = shown ? momentSentence(shown, letter, data) : words.about;
    put(".words", shown && this.pointed.unit >= 0 ? this.unitSentence() : sentence);
    host.querySelector(".words").title = host.querySelector(".words").textContent;
    put(".step", shown ? filled(words.step, { step: written(shown.step, 0, separators) }) : "");
    put(".units .text", shown ? filled(words.units, { units: shown.units }) : "");
    put(".next", !shown ? "" : shown.shown
      ? filled(words.most_likely, { count: shown.K, all: shown.symbols.length }) : words.next);
    Object.assign(host.dataset, { step: shown?.step ?? "", run: shown?.run ?? "", letter,
                                  state: this.began === null ? "rest" : "writes" });
    host.classList.toggle("empty", !shown);
    if (this.began !== null) return;
    slider.setAttribute("aria-valuemax", shown?.T ?? 1);
    slider.setAttribute("aria-valuenow", shown ? letter + 1 : 1);
    slider.setAttribute("aria-valuetext", sentence);
  }

  unitSentence() {
    const { shown, letter, pointed, data } = this;
    const state = (shown.state[letter * shown.units + pointed.unit] - 128) / 127;
    return pointed.sentence(shown, state, data);
  }

  listen() {
    const { host, slider } = this, keys = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1,
                                            PageUp: 5, PageDown: -5, Home: -Infinity, End: Infinity };
    slider.onkeydown = (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Enter") this.lookInside();
      else if (event.key in keys) this.step(this.letter + keys[event.key]);
      else return;
      event.preventDefault();
    };
    slider.onblur = () => this.look(false);
    slider.onpointerdown = (event) => {
      slider.setPointerCapture(event.pointerId);
      this.stepTo(event);
    };
    slider.onpointermove = (event) => { if (event.buttons) this.stepTo(event); };
    host.querySelector(".again").onclick = () => this.again();
    host.querySelector(".inside").onclick = () => this.lookInside();
    const canvas = host.querySelector("canvas");
    canvas.onclick = () => this.lookInside();
    canvas.onpointerleave = () => this.pointed.leave();
    canvas.onpointermove = ({ pointerType, offsetX, offsetY }) => {
      if (!this.shown || pointerType === "touch") return;
      this.pointed.point(this.canvas.unitAt(offsetX, offsetY), () => this.shown,
                         (asked) => this.ask("unit", asked));
    };
  }

  // Go to a letter. New moments wait until the visitor is back at the last letter.
  step(letter) {
    if (!this.shown) return;
    const last = this.shown.T - 1, there = Math.min(last, Math.max(0, letter));
    this.looked = there < last;
    this.stand(there);
    if (!this.looked) this.goOn();
  }

  stepTo({ offsetX, offsetY }) {
    const letter = this.canvas.letterAt(offsetX, offsetY);
    if (letter >= 0) this.step(letter);
  }

  look(looked) {
    this.looked = looked;
    if (!looked) this.goOn();
  }

  again() {
    if (this.next) this.goOn();
    else if (this.shown) this.begin(this.shown);
  }

  lookInside() {
    if (this.shown) this.ask("inside", { run: this.shown.run, step: this.shown.step });
  }

  // Out of sight it stops. Back in sight it shows the newest moment.
  see() {
    if (!this.isSeen()) {
      cancelAnimationFrame(this.planned);
      this.planned = null;
      if (this.began !== null) this.stand(this.shown.T - 1);
    } else if (this.next && !this.looked) this.goOn();
    this.later();
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-live-network");
  const network = (host.network ??= new DinoNetwork(host));
  if (!host.watches) host.watches = watch(host, network);
  return keepLatest(host, () => {
    network.update(data, setTriggerValue);
    if (!data.stream || host.listensTo === data.key) return;
    host.unlisten?.();
    host.listensTo = data.key;
    host.unlisten = dinoEvents().listen(data.key, {
      heard: (frame) => network.hear(frame), changed: () => {} });
  }, () => {
    host.unlisten?.();
    host.watches();
    host.listensTo = host.unlisten = host.watches = null;
  });
}

// Notice when it comes into sight or leaves it, when its size or colours change and, without a
// stream, what the live part of the page heard from the script.
function watch(host, network) {
  const sized = new ResizeObserver(() => {
    network.canvas.measure();
    network.later();
  });
  const sight = new IntersectionObserver(([{ isIntersecting }]) => {
    network.inSight = isIntersecting;
    network.see();
  });
  const see = () => network.see(), hear = ({ detail }) => network.hear(detail);
  const recolor = () => setTimeout(() => network.canvas.recolor() && network.later(), 300);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  for (const part of [host, host.querySelector("canvas")]) sized.observe(part);
  sight.observe(host);
  document.addEventListener("visibilitychange", see);
  addEventListener("dino-frame", hear);
  dark.addEventListener("change", recolor);
  return () => {
    sized.disconnect();
    sight.disconnect();
    document.removeEventListener("visibilitychange", see);
    removeEventListener("dino-frame", hear);
    dark.removeEventListener("change", recolor);
  };
}
