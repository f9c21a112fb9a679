// The button in the corner below a chart's axes. It saves the chart as a picture, PNG or SVG, in
// the colours that it has on the page.

const DINO_ARROW = "M8 2v7m0 0L5 6m3 3 3-3M3 11v2h10v-2";

// A file name from the first words about a chart; only letters, digits and hyphens.
function pictureName(words) {
  const plain = words.split(/[.:;,]/)[0].toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-");
  return `dino-${plain.replace(/^-+|-+$/g, "").slice(0, 60) || "chart"}`;
}

function savePicture(host, format) {
  const { width, height } = host.getBoundingClientRect();
  const layout = { ...host.layout, paper_bgcolor: host.ground, plot_bgcolor: host.ground };
  return window.Plotly.downloadImage({ data: host.data, layout }, {
    format, width, height, scale: format === "png" ? 2 : 1, filename: pictureName(host.alt) });
}

// If a chart has a place for the button, put it there, once.
function showKeep(frame, host) {
  const chart = frame.closest(".dino-chart");
  if (!chart || !host.keep) return;
  const box = chart.querySelector(".dino-keep") ?? chart.appendChild(makeKeep());
  const [button, choices] = box.children;
  button.title = host.keep;
  for (const part of [button, choices]) part.setAttribute("aria-label", host.keep);
  const open = (yes) => {
    choices.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
  };
  button.onclick = () => {
    open(choices.hidden);
    if (!choices.hidden) choices.firstChild.focus();
  };
  for (const choice of choices.children) {
    choice.onclick = () => {
      open(false);
      button.focus();
      savePicture(host, choice.value);
    };
  }
  box.onkeydown = ({ key }) => {
    if (key !== "Escape" || choices.hidden) return;
    open(false);
    button.focus();
  };
  box.onfocusout = ({ relatedTarget }) => { if (!box.contains(relatedTarget)) open(false); };
}

function arrow() {
  const [picture, path] = ["svg", "path"].map((tag) =>
    document.createElementNS("http://www.w3.org/2000/svg", tag));
  picture.setAttribute("viewBox", "0 0 16 16");
  picture.setAttribute("aria-hidden", "true");
  path.setAttribute("d", DINO_ARROW);
  picture.append(path);
  return picture;
}

function makeKeep() {
  const box = document.createElement("div"), button = document.createElement("button");
  const choices = document.createElement("div");
  box.className = "dino-keep";
  button.type = "button";
  button.append(arrow());
  button.setAttribute("aria-expanded", "false");
  choices.setAttribute("role", "group");
  choices.hidden = true;
  for (const format of ["png", "svg"]) {
    const choice = choices.appendChild(document.createElement("button"));
    Object.assign(choice, { type: "button", value: format, textContent: format.toUpperCase() });
  }
  box.append(button, choices);
  return box;
}

