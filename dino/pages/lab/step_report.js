// What one step did: each letter of the batch in the colour of its loss; the gradient in words; and
// a table with bars of how far each matrix moved. All words are set as text.

function reportElement(tag, name, text = "") {
  const element = document.createElement(tag);
  element.className = name;
  element.textContent = text;
  return element;
}

// Red, green, blue of "#rrggbb", each from 0 to 255.
const channels = (color) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

// The colour at a share of the theme's scale.
function shade(scale, share) {
  const place = Math.min(1, Math.max(0, share)) * (scale.length - 1);
  const low = Math.min(Math.floor(place), scale.length - 2), part = place - low;
  const from = channels(scale[low][1]), to = channels(scale[low + 1][1]);
  return from.map((c, i) => Math.round(c + part * (to[i] - c)));
}

// Black or white, whichever is easier to read on a colour (relative luminance, WCAG).
function inkOn(color) {
  const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

// For a name: its letters, their losses, the losses in few digits, and in words.
function strip([letters, losses, short, words], scale, darkest) {
  const row = reportElement("div", "strip");
  row.setAttribute("role", "img");
  row.setAttribute("aria-label",
    letters.map((letter, i) => `${letter} ${short[i]}`).join("; "));
  letters.forEach((letter, i) => {
    const cell = reportElement("span", "cell"), color = shade(scale, losses[i] / darkest);
    cell.style.background = `rgb(${color})`;
    cell.style.color = inkOn(color);
    cell.title = words[i];
    cell.append(reportElement("b", "", letter), reportElement("i", "", short[i]));
    row.append(cell);
  });
  return row;
}

function movedRow([matrix, moved, before, share, length], longest) {
  const row = document.createElement("tr"), bar = reportElement("span", "bar");
  bar.style.width = `${longest ? 100 * length / longest : 0}%`;
  const cells = [matrix, moved, before, share].map((text, i) =>
    reportElement("td", i ? "number" : "name", text));
  const last = reportElement("td", "bars");
  last.append(bar);
  row.append(...cells, last);
  return row;
}

// Show a report in its place, or hide the place if there is none. scale: the theme's colours.
function showReport(place, report, scale) {
  place.hidden = !report;
  if (!report) return;
  const darkest = report.scale[1];
  const say = (name, text) => { place.querySelector(name).textContent = text; };
  say(".title", report.title);
  say(".batch", report.batch);
  say(".gradient", report.gradient);
  place.querySelector(".strips > div").replaceChildren(
    ...report.names.map((name) => strip(name, scale, darkest)));
  place.querySelector(".swatch").style.background =
    `linear-gradient(to right, ${scale.map(([, color]) => color).join(", ")})`;
  say(".scale .words", report.scale_words);
  const longest = Math.max(...report.moved.map((row) => row.at(-1)));
  place.querySelector(".moved tbody").replaceChildren(
    ...report.moved.map((row) => movedRow(row, longest)));
}

