// A box for a number. It sends what was typed when the visitor leaves it or presses Enter, and the
// server reads it. A redraw of the page never removes what is being typed, or what the server has
// not read yet.

export default function ({ data: [data], parentElement, setStateValue }) {
  const host = parentElement.querySelector(".dino-number");
  return keepLatest(host, () => {
    host.box ??= new DinoNumberBox(host);
    host.box.send = (typed) => setStateValue("typed", typed);
    host.box.show(data);
  }, () => host.box?.leave());
}

class DinoNumberBox {
  constructor(host) {
    this.get = (which) => host.querySelector(which);
    this.input = this.get("input");
    Object.assign(this, { data: null, isTyped: false, sent: 0 });
    this.input.oninput = () => { this.isTyped = true; };
    this.input.onblur = () => this.tell();
    this.input.onkeydown = (event) => this.hear(event);
    this.get(".less").onclick = () => { this.step(-1); this.tell(); };
    this.get(".more").onclick = () => { this.step(1); this.tell(); };
    this.explain(this.get(".help"), this.get(".tip"));
  }

  show(data) {
    if (this.data?.of !== data.of) this.sent = data.done;
    this.data = data;
    this.isAhead = this.sent > data.done;  // the server has not read the latest text
    const { input } = this, help = this.get("button.help");
    this.get("label").textContent = data.label;
    this.get(".head").classList.toggle("unseen", !data.shows);
    input.ariaLabel = data.shows ? null : data.label;
    help.hidden = !data.help;
    help.ariaLabel = `${data.words[2]}: ${data.label}`;
    this.get(".tip").textContent = data.help;
    this.get("#rule").textContent = data.rule;
    input.disabled = data.disabled;
    input.inputMode = data.low < 0 ? "text" : data.whole ? "numeric" : "decimal";
    [this.get(".less").ariaLabel, this.get(".more").ariaLabel] =
      data.words.slice(0, 2).map((word) => `${word}: ${data.label}`);
    if (!this.isAhead) this.showRefusal();
    if (!this.isAhead && !this.isTyped) this.write(data.text);
    this.showLimits();
  }

  showRefusal() {
    const { refusal, says, invalid } = this.data, place = this.get("#refusal");
    if (place.textContent !== refusal) place.textContent = refusal;  // else it would be read aloud again
    place.classList.toggle("unseen", !says);
    this.input.ariaInvalid = String(invalid);
    this.get(".frame").classList.toggle("invalid", invalid);
  }

  showLimits() {
    const { low, high, value, text, disabled } = this.data, { input } = this;
    [input.ariaValueMin, input.ariaValueMax] = [String(low), String(high)];
    input.ariaValueNow = value === null ? null : String(value);
    input.ariaValueText = text || null;
    const now = this.isTyped || this.isAhead ? null : value;
    this.get(".less").disabled = disabled || (now !== null && now <= low);
    this.get(".more").disabled = disabled || (now !== null && now >= high);
  }

  write(text) {
    if (this.input.value !== text) this.input.value = text;
  }

  hear(event) {
    event.stopPropagation();  // the page has its own keys
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Enter") this.tell();
    if (event.key === "Escape") {
      this.isTyped = false;
      this.write(this.data.text);
    }
    if (!by) return;
    event.preventDefault();
    this.step(by);
    clearTimeout(this.waits);
    this.waits = setTimeout(() => this.tell(), 300);  // a held key sends only once
  }

  step(by) {
    const { low, high, step, mark, value } = this.data, { input } = this;
    const typed = Number(input.value.trim().replace("−", "-").replace(",", "."));
    const isNumber = input.value.trim() && Number.isFinite(typed);
    const start = isNumber ? typed : value;
    const next = start === null ? Math.max(low, 0) : start + by * step;
    const scale = 10 ** Math.max(decimals(start ?? 0), decimals(step));
    const bounded = Math.min(high, Math.max(low, Math.round(next * scale) / scale));
    this.isTyped = true;
    this.write(String(bounded).replace("-", "−").replace(".", mark));
  }

  // Send what was typed, unless the box had it already.
  tell() {
    clearTimeout(this.waits);
    const { text, refusal, of, done } = this.data, typed = this.input.value;
    if (!this.isTyped) return;
    this.isTyped = false;
    if (typed === text && !refusal && !this.isAhead) return;
    this.sent = Math.max(this.sent, done) + 1;
    this.isAhead = true;
    this.send({ of, n: this.sent, text: typed.slice(0, 60) });
  }

  // The help of a box is above everything else on the page, so no frame around the box cuts it off.
  explain(button, tip) {
    const open = () => {
      if (tip.matches(":popover-open")) return;
      tip.showPopover();
      const at = button.getBoundingClientRect(), { offsetWidth: w, offsetHeight: h } = tip;
      tip.style.left = `${Math.max(8, Math.min(at.left, innerWidth - w - 8))}px`;
      tip.style.top = `${at.top > h + 8 ? at.top - h - 6 : at.bottom + 6}px`;
    };
    const close = () => tip.hidePopover();
    button.onpointerenter = button.onfocus = button.onclick = open;
    button.onpointerleave = ({ pointerType }) => pointerType === "mouse" && close();
    button.onblur = close;
  }

  leave() { clearTimeout(this.waits); }
}

function decimals(number) {
  return (String(number).split(".")[1] ?? "").length;
}
