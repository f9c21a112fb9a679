// Draws the network on a canvas: the letter that was read, the hidden units with their loop, the
// bars of the next symbols, the ruler on which the draw falls, and the name so far. It computes
// only places and colours.

const mixed = (from, to, share) => from + (to - from) * share;
const eased = (share) => { const s = Math.min(1, Math.max(0, share)); return s * s * (3 - 2 * s); };

class NetworkCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.drawn = document.createElement("canvas");  // off the page, where fonts cost less
    this.pen = this.drawn.getContext("2d");
    this.field = document.createElement("canvas");  // one pixel per unit
    this.still = document.createElement("canvas");  // what does not change from draw to draw
    this.stillFor = "";
    this.room = null;
  }

  // Its size on the page. If a draw asked for it, the browser would lay the whole page out first.
  measure() {
    this.room = [this.canvas.clientWidth, this.canvas.clientHeight];
  }

  // The theme's colours and fonts, from Streamlit.
  recolor() {
    const style = getComputedStyle(this.canvas);
    const get = (name) => style.getPropertyValue("--st-" + name).trim();
    const list = (name) => get(name).split(",").map((color) => color.trim());
    const found = [get("text-color"), get("background-color"), get("secondary-background-color"),
                   get("border-color"), get("primary-color"), get("chart-categorical-colors"),
                   get("chart-diverging-colors"), get("font"), get("code-font")];
    if (!found[1] || this.colored === found.join()) return false;
    this.colored = found.join();
    const series = list("chart-categorical-colors");
    [this.text, this.ground, this.panel, this.rule, this.primary] = found;
    [this.chosen, this.grey, this.bar] = series.slice(2, 5);
    this.scale = list("chart-diverging-colors");
    this.table = colorTable(this.scale);
    [this.words, this.code] = found.slice(-2);
    this.stillFor = "";
    return true;
  }

  // The places of all parts, for the canvas at its size on the page.
  place(moment) {
    if (!this.room) this.measure();
    const dpr = window.devicePixelRatio || 1, [W, H] = this.room;
    const key = [W, H, dpr, moment.units, moment.K, moment.T].join();
    if (this.placedFor === key) return this.at;
    this.placedFor = key;
    this.stillFor = "";
    const size = [W, H].map((length) => Math.max(1, Math.round(length * dpr)));
    for (const canvas of [this.canvas, this.drawn, this.still]) {  // setting a size clears and is slow
      if (canvas.width !== size[0]) canvas.width = size[0];
      if (canvas.height !== size[1]) canvas.height = size[1];
    }
    const at = W < NET.narrow ? narrowPlaces(W, H, moment) : widePlaces(W, H, moment, dpr);
    const { fieldZone: [x, y, w, h] } = at, grid = gridFor(moment.units, w, h, dpr);
    const width = grid.size * grid.columns, height = grid.size * grid.rows;
    const snap = (value) => Math.round(value * dpr) / dpr;
    at.field = { ...grid, x: snap(x + (w - width) / 2), y: snap(y + (h - height) / 2), width, height };
    at.slot = at.bars.width / moment.K;
    const tile = at.tile.y + at.tile.size / 2, edge = Math.min(8, height / 2);
    at.flow = Math.min(at.field.y + height - edge, Math.max(at.field.y + edge, tile));
    this.field.width = grid.columns;
    this.field.height = grid.rows;
    this.pixels = new ImageData(grid.columns, grid.rows);
    return (this.at = { ...at, W, H, dpr });
  }

  // moment, t: what is drawn; share: the progress of letter t, 0 to 1; from: the state and the bars
  // before.
  paint(moment, t, share) {
    const at = this.place(moment), { pen } = this, { K, units } = moment;
    const before = Math.max(0, t - 1), flows = eased(share / 0.4), grows = eased((share - 0.25) / 0.35);
    const state = this.blend("state", moment.state, units, t && before, t, t ? flows : Math.min(1, 2 * flows));
    const sameBars = !moment.shown;
    const probs = this.blend("probs", moment.probs, K, sameBars ? before : t, t, grows);
    const falls = eased((share - 0.55) / 0.2), joins = eased((share - 0.7) / 0.3);
    this.keepStill(moment, t);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.still, 0, 0);
    pen.setTransform(at.dpr, 0, 0, at.dpr, 0, 0);
    this.paintTile(moment, t);
    this.paintField(state);
    this.paintBars(moment, t, probs, falls);
    this.paintRuler(moment, t, probs, falls, joins);
    this.paintName(moment, t, joins);
    return { state, probs };
  }

  // The numbers between those of two letters, in a list that is reused.
  blend(name, all, size, from, to, share) {
    const found = this[name]?.length === size ? this[name] : (this[name] = new Float32Array(size));
    for (let i = 0; i < size; i += 1) {
      found[i] = mixed(all[from * size + i], all[to * size + i], share);
    }
    return found;
  }

  write(text, x, y, color, font, align = "center") {
    Object.assign(this.pen, { fillStyle: color, font, textAlign: align, textBaseline: "alphabetic" });
    this.pen.fillText(text, x, y);
  }

  paintTile(moment, t) {
    const { tile } = this.at;
    if (!t) return;
    this.write(moment.symbols[moment.ids[t - 1]], tile.x + tile.size / 2, tile.y + 0.7 * tile.size,
               this.text, `600 ${0.6 * tile.size}px ${this.code}`);
  }

  paintField(state) {
    const { x, y, width, height, size, rows, columns } = this.at.field, { pen, table, pixels } = this;
    for (let i = 0; i < state.length; i += 1) {
      const color = table[Math.min(255, Math.max(0, Math.round(state[i])))];
      pixels.data[4 * i] = color[0];
      pixels.data[4 * i + 1] = color[1];
      pixels.data[4 * i + 2] = color[2];
      pixels.data[4 * i + 3] = 255;
    }
    this.field.getContext("2d").putImageData(pixels, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.field, x, y, width, height);
    if (size < NET.gap) return;
    pen.fillStyle = this.ground;
    for (let i = 1; i < rows; i += 1) pen.fillRect(x, y + i * size - 0.5, width, 1);
    for (let i = 1; i < columns; i += 1) pen.fillRect(x + i * size - 0.5, y, 1, height);
  }

  paintBars(moment, t, probs, falls) {
    const { bars, slot, size } = this.at, { pen } = this, chosen = chosenAt(moment, t);
    const wide = Math.max(1, Math.min(slot - (slot > 5 ? 2 : 0.5), 30)), tall = bars.base - bars.top;
    const height = (i) => Math.max(probs[i] ? 0.75 : 0, probs[i] / 255 * tall);
    const middle = (i) => bars.x + (i + 0.5) * slot, left = (i) => middle(i) - wide / 2;
    pen.fillStyle = this.bar;
    for (let i = 0; i < probs.length; i += 1) pen.fillRect(left(i), bars.base - height(i), wide, height(i));
    if (falls <= 0) return;
    pen.globalAlpha = falls;
    pen.fillStyle = this.chosen;
    pen.fillRect(left(chosen), bars.base - height(chosen), wide, height(chosen));
    const x = middle(chosen), small = `600 ${Math.max(10, 0.85 * size)}px ${this.words}`;
    pen.fillStyle = this.ground;
    pen.fillRect(x - slot / 2, bars.base + 1, slot, bars.letter - bars.base + 3);
    const font = `700 ${Math.min(size + 1, Math.max(10, 1.5 * slot))}px ${this.code}`;
    this.write(moment.symbols[moment.ids[t]], x, bars.letter, this.chosen, font);
    const near = Math.min(this.at.W - 14, x), percent = Math.round(probs[chosen] / 2.55);
    const share = percent ? `${percent} %` : "< 1 %";
    pen.font = small;
    const room = (pen.measureText(share).width + wide) / 2 + 1;
    const below = [...probs.keys()].filter((i) => Math.abs(middle(i) - near) < room);
    this.write(share, near, bars.base - Math.max(...below.map(height)) - 4, this.chosen, small);
    pen.globalAlpha = 1;
  }

  paintRuler(moment, t, probs, falls, joins) {
    const { bars, slot } = this.at, { pen } = this, edges = stretchesOf(probs, !moment.shown);
    const chosen = chosenAt(moment, t), x = (share) => bars.x + share * bars.width, tall = 6;
    for (let i = 0; i < probs.length; i += 1) {
      pen.fillStyle = i % 2 ? this.rule : this.bar;
      pen.fillRect(x(edges[i]), bars.ruler, Math.max(0, x(edges[i + 1]) - x(edges[i])), tall);
    }
    pen.fillStyle = this.panel;  // for symbols without a bar
    pen.fillRect(x(edges.at(-1)), bars.ruler, x(1) - x(edges.at(-1)), tall);
    if (falls <= 0) return;
    const place = x(mixed(edges[chosen], edges[chosen + 1], moment.within[t]));
    pen.globalAlpha = falls;
    pen.fillStyle = pen.strokeStyle = this.chosen;
    pen.lineWidth = 1;
    pen.fillRect(x(edges[chosen]), bars.ruler, Math.max(1.5, x(edges[chosen + 1]) - x(edges[chosen])), tall);
    pen.beginPath();
    pen.moveTo(bars.x + (chosen + 0.5) * slot, bars.letter + 3);
    pen.lineTo(x((edges[chosen] + edges[chosen + 1]) / 2), bars.ruler);
    pen.stroke();
    const drop = bars.ruler + tall + 1 + 4 * (1 - falls);
    pen.beginPath();
    pen.moveTo(place, drop);
    pen.lineTo(place + 4.5, drop + 7);
    pen.lineTo(place - 4.5, drop + 7);
    pen.fill();
    pen.globalAlpha = 1;
    if (this.at.rail) this.paintRail(moment, t, place, drop + 7, joins);
  }

  // The way of the letter from the draw into the name, where it is read next.
  paintRail(moment, t, from, top, joins) {
    const { rail } = this.at, { pen } = this, [x, y] = this.slotOf(t);
    if (joins <= 0) return;
    const line = [[from, top], [from, rail], [x, rail], [x, y + 5]];
    const lengths = line.slice(1).map(([a, b], i) => Math.hypot(a - line[i][0], b - line[i][1]));
    let left = joins * lengths.reduce((sum, length) => sum + length, 0);
    pen.strokeStyle = this.chosen;
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.beginPath();
    pen.moveTo(...line[0]);
    lengths.forEach((length, i) => {
      if (left <= 0) return;
      const part = Math.min(1, left / (length || 1));
      pen.lineTo(mixed(line[i][0], line[i + 1][0], part), mixed(line[i][1], line[i + 1][1], part));
      left -= length;
    });
    pen.stroke();
  }

  // The middle and the bottom of a letter's place in the name.
  slotOf(t) {
    const { x, y, cell, line, lines, each } = this.at.name, row = Math.floor(t / each);
    return [x + (t % each + 0.5) * cell, y - (lines - 1 - row) * line];
  }

  paintName(moment, t, joins) {
    const { cell } = this.at.name, { pen } = this, size = Math.min(1.55 * cell, 30);
    for (let i = 0; i <= t; i += 1) {
      const [x, y] = this.slotOf(i), letter = moment.symbols[moment.ids[i]];
      if (i === t - 1) {
        Object.assign(pen, { fillStyle: this.panel, strokeStyle: this.grey, lineWidth: 1 });
        pen.beginPath();
        pen.roundRect(x - cell / 2 - 0.5, y - 0.86 * size, cell + 1, 1.12 * size, 3);
        pen.fill();
        pen.stroke();
      }
      if (i === t && joins < 1) continue;
      const weight = i >= t - 1 ? 600 : 400;
      this.write(letter, x, y, i === t ? this.chosen : this.text, `${weight} ${size}px ${this.code}`);
    }
  }

  // Draw the fixed parts on a separate canvas: tile, arrows, loop, and the letters of the bars.
  keepStill(moment, t) {
    const key = [this.colored, this.placedFor, moment.symbols.join(), moment.context,
                 moment.cell, moment.shown ? [moment.run, moment.step, t].join() : ""].join();
    if (this.stillFor === key) return;
    this.stillFor = key;
    const pen = this.pen, { at } = this, { tile, field, bars, slot, size } = at;
    this.pen = this.still.getContext("2d");
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.still.width, this.still.height);
    this.pen.setTransform(at.dpr, 0, 0, at.dpr, 0, 0);
    this.stillTile(tile);
    this.arrow([[tile.x + tile.size + 4, at.flow], [field.x - 5, at.flow]]);
    this.arrow([[field.x + field.width + 5, at.flow], [bars.x - 7, at.flow]]);
    this.loop(moment);
    this.levels();
    for (let i = 0; i < moment.K; i += 1) {
      const font = `${Math.min(size, Math.max(9, 1.5 * slot))}px ${this.code}`;
      this.write(moment.symbols[symbolAt(moment, t, i)], bars.x + (i + 0.5) * slot, bars.letter, this.text, font);
    }
    this.pen = pen;
  }

  stillTile({ x, y, size }) {
    const { pen } = this;
    Object.assign(pen, { fillStyle: this.panel, strokeStyle: this.grey, lineWidth: 1 });
    pen.beginPath();
    pen.roundRect(x + 0.5, y + 0.5, size - 1, size - 1, 6);
    pen.fill();
    pen.stroke();
  }

  arrow(points, color = this.grey) {
    const { pen } = this, [[x0, y0], [x1, y1]] = points.slice(-2), turn = Math.atan2(y1 - y0, x1 - x0);
    pen.strokeStyle = pen.fillStyle = color;
    pen.lineWidth = 1.5;
    pen.lineJoin = "round";
    pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
    pen.beginPath();
    pen.moveTo(x1 + 2 * Math.cos(turn), y1 + 2 * Math.sin(turn));
    for (const side of [-2.6, 2.6]) pen.lineTo(x1 + 8 * Math.cos(turn + side), y1 + 8 * Math.sin(turn + side));
    pen.fill();
  }

  // The state goes back into the same units before the next letter.
  loop(moment) {
    const { field, loop, size } = this.at, { pen } = this, side = Math.min(24, 0.2 * field.width);
    const [left, right] = [field.x + side, field.x + field.width - side];
    pen.setLineDash(moment.context === 1 ? [3, 4] : []);
    this.arrow([[right, field.y - 2], [right, loop], [left, loop], [left, field.y - 4]]);
    pen.setLineDash([]);
    const word = moment.cell === "lstm" ? "h, c" : "h", font = `italic 600 ${size}px ${this.words}`;
    pen.font = font;
    const room = pen.measureText(word).width + 12, middle = field.x + field.width / 2;
    pen.clearRect(middle - room / 2, loop - 8, room, 16);
    this.write(word, middle, loop + 0.33 * size, this.grey, font);
  }

  // The lines of probability 0, one half and 1.
  levels() {
    const { bars } = this.at, { pen } = this;
    pen.fillStyle = this.rule;
    for (const share of [0, 0.5, 1]) {
      pen.fillRect(bars.x, Math.round(mixed(bars.base, bars.top, share)), bars.width, share ? 0.5 : 1);
    }
  }

  // Draw a letter that the unit reads, in a column to the left of the units. Return where its line
  // begins.
  chip(letter, index, count, color) {
    const { field, tile, name, rail, H, size } = this.at, top = rail ? 6 : tile.y - 18;
    const bottom = rail ? name.y - (name.lines - 1) * name.line - 1.5 * name.cell : H;
    const rows = Math.max(1, Math.min(count, Math.floor((bottom - top) / (size + 3))));
    const x = field.x - 26 - 20 * Math.floor(index / rows), y = top + ((index % rows) + 0.5) * (bottom - top) / rows;
    if (x < 4) return null;
    this.write(letter, x, y + 0.35 * size, color, `600 ${size}px ${this.code}`);
    return [x + 8, y];
  }

  join([x0, y0], [x1, y1], color, width) {
    const { pen } = this;
    Object.assign(pen, { strokeStyle: color, lineWidth: width, globalAlpha: 0.85 });
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
    pen.globalAlpha = 1;
  }

  // The unit at a point of the canvas; -1 for none.
  unitAt(x, y) {
    const { field } = this.at ?? {};
    if (!field) return -1;
    const column = Math.floor((x - field.x) / field.size), row = Math.floor((y - field.y) / field.size);
    const unit = row * field.columns + column;
    const isIn = column >= 0 && column < field.columns && row >= 0 && row < field.rows;
    return isIn && unit < this.state?.length ? unit : -1;
  }

  // The letter of the name at a point of the canvas: the nearest in its line; -1 for none yet.
  letterAt(x, y) {
    if (!this.at) return -1;
    const { name } = this.at, up = Math.round((name.y - 0.35 * name.cell - y) / (name.line || 1));
    const row = Math.min(name.lines - 1, Math.max(0, name.lines - 1 - (name.line ? up : 0)));
    return row * name.each + Math.min(name.each - 1, Math.max(0, Math.floor((x - name.x) / name.cell)));
  }

  show() {
    const page = this.canvas.getContext("2d");
    page.globalCompositeOperation = "copy";
    page.drawImage(this.drawn, 0, 0);
  }

  empty() {
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }
}
