// A hidden unit under the pointer: its strongest weights, drawn over the network and told in a
// sentence. The script sends them once for each unit of each moment.

// Milliseconds: over a unit until it is asked for; until an unanswered question may be repeated.
const DINO_HOVER = 150, DINO_LOST = 5000;

class PointedUnit {
  constructor(changed) {
    Object.assign(this, { changed, unit: -1, known: new Map(), asked: new Map() });
  }

  // The pointer is over a unit; below 0 for none. moment(): the shown one; ask: asks for the
  // weights.
  point(unit, moment, ask) {
    if (unit === this.over) return;
    this.over = unit;
    clearTimeout(this.timer);
    if (unit < 0) return this.leave();
    this.timer = setTimeout(() => {
      Object.assign(this, { unit, ask });
      this.want(moment());
      this.changed();
    }, DINO_HOVER);
  }

  // Another moment is shown. Do not ask at once, nor while the page is busy: if two parts ask the
  // script at the same time, it answers only one.
  renew(moment) {
    const idle = window.requestIdleCallback ?? setTimeout;
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => idle(() => this.want(moment())), DINO_HOVER);
  }

  want(moment) {
    if (this.unit < 0 || !moment) return;
    const key = this.keyOf(moment), now = performance.now();
    if (this.known.has(key) || now - this.asked.get(key) < DINO_LOST) return;
    this.asked.set(key, now);
    this.ask({ run: moment.run, step: moment.step, unit: this.unit });
  }

  leave() {
    clearTimeout(this.timer);
    const wasThere = this.unit >= 0;
    this.unit = this.over = -1;
    if (wasThere) this.changed();
  }

  keyOf({ run, step }, unit = this.unit) {
    return [run, step, unit].join(" ");
  }

  take(answer) {
    if (this.known.size > 500) this.known.clear();
    this.known.set(this.keyOf(answer, answer.unit), answer);
    this.latest = answer;
    this.changed();
  }

  // The weights of this moment; until they come, those of the last one.
  answer(moment) {
    const { latest, unit } = this, isOurs = latest?.run === moment.run && latest.unit === unit;
    return this.known.get(this.keyOf(moment)) ?? (isOurs ? latest : undefined);
  }

  // The unit in words. state: at the shown letter, −1 to 1.
  sentence(moment, state, { words, separators }) {
    const found = this.answer(moment), told = written(state, 2, separators);
    const unit = filled(words.unit, { unit: this.unit, state: told });
    if (!found) return unit;
    if (found.refusal) return `${unit} ${found.refusal}`;
    const weights = found.strongest.slice(0, 3).map(([end, place, weight]) => filled(words[end], {
      place: end === "from" ? place : apart(moment.symbols[place]),
      weight: written(weight, 2, separators) })).join(", ");
    return [unit, found.candidate && filled(words.candidate, { name: found.candidate }),
            filled(words.strongest, { weights }),
            found.of !== moment.step && filled(words.of, { step: written(found.of, 0, separators) }),
    ].filter(Boolean).join(" ");
  }

  // Veil the network except the unit and what its strongest weights join it with: the letters that
  // it reads, to the left; other units; and the letters whose score it changes.
  paint(canvas, moment, t) {
    const { pen, at } = canvas, { field, bars, slot } = at, found = this.answer(moment);
    const middle = (unit) => [field.x + (unit % field.columns + 0.5) * field.size,
                              field.y + (Math.floor(unit / field.columns) + 0.5) * field.size];
    const half = field.size / 2, here = middle(this.unit);
    if (found?.strongest) {
      const most = Math.max(...found.strongest.map(([, , weight]) => Math.abs(weight)), 1e-9);
      this.veil(canvas);
      const read = found.strongest.filter(([end]) => end === "reads");
      found.strongest.forEach(([end, place, weight]) => {
        const color = canvas.scale.at(weight < 0 ? 1 : -2), share = Math.abs(weight) / most;
        const symbol = end === "to" && this.barOf(moment, t, place);
        const there = end === "from" ? middle(place)
          : end === "to" ? [bars.x + (symbol + 0.5) * slot, bars.letter - 0.8 * at.size]
          : canvas.chip(moment.symbols[place], read.findIndex(([, it]) => it === place), read.length, color);
        if (!there || symbol < 0) return;
        canvas.join(here, there, color, 0.6 + 2.4 * share);
        if (end !== "from") return;
        pen.fillStyle = color;
        pen.fillRect(there[0] - half, there[1] - half, field.size - 1, field.size - 1);
      });
    }
    const size = Math.max(field.size, 9);
    pen.strokeStyle = canvas.text;
    pen.lineWidth = 2;
    pen.strokeRect(here[0] - size / 2, here[1] - size / 2, size, size);
  }

  // Below the lines of the weights: pale units, and room for letters to their left.
  veil({ pen, ground, at: { field, tile, name, rail, H } }) {
    const top = rail ? 0 : tile.y, bottom = rail ? name.y - (name.lines - 1) * name.line - 1.45 * name.cell : H;
    pen.fillStyle = ground;
    pen.globalAlpha = 0.72;
    pen.fillRect(field.x, field.y, field.width, field.height);
    pen.globalAlpha = 1;
    pen.fillRect(0, top, field.x - 1, bottom - top);
  }

  barOf(moment, t, symbol) {
    if (!moment.shown) return symbol;
    return moment.shown.subarray(t * moment.K, (t + 1) * moment.K).indexOf(symbol);
  }
}
