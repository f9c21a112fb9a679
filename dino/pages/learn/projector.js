// Projector mode: one step of a lesson at a time, from its top. A presenter's keys lead to the next
// step and back. Keys that point down or up first scroll a step that is higher than the screen. In
// a text box, or in a part of the class own-keys, the keys keep their meaning. Space on a step with
// an open bet skips the bet, because a class bets by a show of hands.

const DINO_NEXT = ["ArrowRight", "ArrowDown", "PageDown", " "];
const DINO_BACK = ["ArrowLeft", "ArrowUp", "PageUp"];
const DINO_SCROLL = ["ArrowDown", "PageDown", "ArrowUp", "PageUp"];
const DINO_SHARE = 0.8;  // share of the screen that a key scrolls, so that the last lines are seen again

class DinoProjector {
  constructor() {
    Object.assign(this, { lesson: "", step: 1, count: 1, style: document.createElement("style") });
    this.heard = (event) => this.hear(event);
    // Space presses the button that the keyboard has focused, not the one that was clicked last;
    // and the arrow keys do not change what was clicked.
    this.clicked = ({ detail }) => detail && setTimeout(() => {
      const { activeElement: at } = document;
      if (at?.matches("button, a, input[type=radio]")) at.blur();
    });
    // A learner who answers again begins at the first step.
    this.again = ({ target }) => target.closest?.(`.st-key-again_sure_${this.lesson}`)
      && this.go(-this.count);
  }

  show(data, bar) {
    if (this.lesson !== data.place) Object.assign(this, { lesson: data.place, step: 1 });
    this.count = data.count;
    this.bar = bar;
    if (!this.style.isConnected) {
      document.head.append(this.style);
      addEventListener("keydown", this.heard, true);
      addEventListener("click", this.clicked);
      addEventListener("click", this.again);
      document.activeElement?.blur();
      document.documentElement.classList.add("dino-projector");
      dispatchEvent(new Event("dino-sized"));
    }
    this.draw();
  }

  leave() {
    this.style.remove();
    removeEventListener("keydown", this.heard, true);
    removeEventListener("click", this.clicked);
    removeEventListener("click", this.again);
    document.documentElement.classList.remove("dino-projector");
    dispatchEvent(new Event("dino-sized"));
  }

  draw() {
    const step = (n) => `.st-key-step_${this.lesson}_${n}`;
    const others = Array.from({ length: this.count }, (_, i) => i + 1)
      .filter((n) => n !== this.step).map(step).join(", ");
    // Also hide the element around each step, or its gap stays.
    const hidden = [others && `:is(${others}), div:has(> :is(${others}))`,
      this.step > 1 && ".st-key-lesson_about", this.step < this.count && ".st-key-lesson_end"];
    this.style.textContent = hidden.filter(Boolean)
      .map((which) => `${which} { display: none !important; }`).join(" ");
    this.bar.querySelector(".at").textContent = `${this.step} / ${this.count}`;
    this.bar.querySelector(".back").disabled = this.step === 1;
    this.bar.querySelector(".next").disabled = this.step === this.count;
    dispatchEvent(new Event("resize"));  // a chart that was hidden takes its width
    this.page().scrollTo(0, 0);
  }

  // The element that scrolls: a part of Streamlit's page, not the window.
  page() {
    const main = document.querySelector("[data-testid=stMain]");
    return main && main.scrollHeight > main.clientHeight ? main : document.scrollingElement;
  }

  // Scroll down (1) or up (-1) within the step. Return whether there was more of it.
  scroll(by) {
    const page = this.page(), { scrollTop, clientHeight, scrollHeight } = page;
    const left = by > 0 ? scrollHeight - clientHeight - scrollTop : scrollTop;
    if (left < 8) return false;
    page.scrollBy({ top: by * DINO_SHARE * clientHeight, behavior: "instant" });
    return true;
  }

  go(by, skips = false) {
    if (skips) this.skipBet();
    this.step = Math.min(this.count, Math.max(1, this.step + by));
    this.draw();
  }

  skipBet() {
    const key = `learn_${this.lesson}_${this.step}_skip`;
    document.querySelector(`.st-key-${key} button`)?.click();
  }

  hear(event) {
    const typing = event.composedPath().some((node) => node.matches?.(
      "input, textarea, select, [contenteditable=true], [role=radiogroup], [role=slider], "
      + "[role=combobox], .own-keys"));
    const by = DINO_NEXT.includes(event.key) ? 1 : DINO_BACK.includes(event.key) ? -1 : 0;
    const pressed = event.key === " " && event.composedPath().some((node) => node.matches?.(
      "button, a"));
    if (!by || typing || pressed || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (DINO_SCROLL.includes(event.key) && this.scroll(by)) return;
    this.go(by, event.key === " ");
  }
}

export default function ({ parentElement, data: [data] }) {
  const projector = (window.dinoProjector ??= new DinoProjector());
  const bar = parentElement.querySelector(".bar");
  const [back, next] = [bar.querySelector(".back"), bar.querySelector(".next")];
  [back.ariaLabel, next.ariaLabel] = [data.back, data.next];
  back.onclick = () => projector.go(-1);
  next.onclick = () => projector.go(1);
  return keepLatest(parentElement, () => projector.show(data, bar), () => projector.leave());
}
