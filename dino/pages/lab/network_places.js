// The places of the parts of the network's picture, in pixels, and the colours of states.

const NET = { narrow: 560, largest: 40, gap: 5 };  // pixels; from `gap` on, cells are separated by a line

// Rows, columns and the largest size of cells for this many units. It prefers full rows if they
// cost little.
function gridFor(units, width, height, dpr) {
  let best = null, full = null;
  for (let rows = 1; rows <= units; rows += 1) {
    const columns = Math.ceil(units / rows), size = Math.min(width / columns, height / rows, NET.largest);
    const grid = { rows, columns, size };
    if (!best || size > best.size) best = grid;
    if (rows * columns === units && (!full || size > full.size)) full = grid;
  }
  const found = full && full.size > 0.65 * best.size ? full : best;
  return { ...found, size: Math.max(1 / dpr, Math.floor(found.size * dpr) / dpr) };
}

// 256 colours for −1 to 1, as bytes of an image.
function colorTable(scale) {
  const parts = scale.map((color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16)));
  return Array.from({ length: 256 }, (_, i) => {
    const at = i / 255 * (parts.length - 1), low = Math.min(Math.floor(at), parts.length - 2);
    return parts[low].map((part, k) => Math.round(part + (at - low) * (parts[low + 1][k] - part)));
  });
}

function widePlaces(W, H, moment, dpr) {
  const { T, units } = moment, gap = Math.min(80, Math.max(30, 0.05 * W));
  const left = Math.min(400, 0.25 * W), room = left + gap - 14, lines = T > 20 ? 2 : 1;
  const grid = gridFor(units, 0.27 * W, H - 46, dpr), zone = Math.max(grid.size * grid.columns, 240);
  const each = Math.ceil((T + 1) / lines), cell = Math.min((lines > 1 ? 0.1 : 0.14) * H, room / Math.max(8, each));
  const y = H - 15, line = 1.5 * cell, top = y - 0.29 * H;  // of two lines
  const tile = Math.min(72, 0.42 * H, top - 14), x = left + 2 * gap + zone;
  return {
    tile: { x: left - tile - 4, y: (top - tile) / 2 + 4, size: tile },
    fieldZone: [left + gap, 24, zone, H - 46], loop: 7,
    bars: { x, width: W - x, top: 17, base: H - 45, ruler: H - 24, letter: H - 31 },
    name: { x: 1, y, cell, line, lines, each },
    rail: H - 3, size: Math.min(17, Math.max(11, W / 90)), left,
  };
}

// On a phone the name is the first line.
function narrowPlaces(W, H, { T }) {
  const units = 0.33 * W, x = 26 + 14 + units + 18, cell = Math.min(12.5, W / Math.max(16, T + 1));
  return {
    tile: { x: 0, y: (H + 22) / 2 - 15, size: 26 },
    fieldZone: [26 + 14, 38, units, H - 42], loop: 29,
    bars: { x, width: W - x, top: 37, base: H - 26, ruler: H - 10, letter: H - 14.5 },
    name: { x: 1, y: 17, cell, line: 0, lines: 1, each: T + 1 },
    rail: null, size: 10.5,
  };
}
