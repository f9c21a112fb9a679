// The figures of the live part. Some are always visible, the others behind a button. These keep
// their places, so that nothing moves when they appear.

const DINO_MORE = "dino-more-figures";  // in the tab's storage: whether the others are visible

// A figure with its help: its key, its words, the field's term, its meaning, and the label of its
// button.
function figureOf([key, words, term, help, about]) {
  const figure = document.createElement("div"), name = document.createElement("button");
  const value = document.createElement("span"), meaning = document.createElement("span");
  figure.className = "figure";
  figure.dataset.label = key;
  name.className = "label";
  name.textContent = words;
  if (term) {
    const inBrackets = document.createElement("span");
    inBrackets.className = "term";
    inBrackets.textContent = ` (${term})`;
    name.append(inBrackets);
  }
  Object.assign(name, { type: "button", title: help, ariaLabel: about, ariaExpanded: "false" });
  name.onclick = () => { name.ariaExpanded = String(name.ariaExpanded !== "true"); };
  name.onblur = () => { name.ariaExpanded = "false"; };
  value.className = "value";
  meaning.className = "help";
  meaning.textContent = help;
  figure.append(name, value, meaning);
  return figure;
}

function remembersMore() {
  try {
    return sessionStorage.getItem(DINO_MORE) === "yes";
  } catch {
    return window.dinoMoreFigures === true;  // a browser that blocks cookies may also block this
  }
}

function rememberMore(isSeen) {
  window.dinoMoreFigures = isSeen;
  try {
    sessionStorage.setItem(DINO_MORE, isSeen ? "yes" : "no");
  } catch { /* forgotten at the next load */ }
}

// The button, and the places of the others: hidden from everybody, but they keep their room.
function moreFigures(labels, { more, more_help }) {
  const rest = document.createElement("div"), button = document.createElement("button");
  const others = document.createElement("div");
  rest.className = "rest";
  others.className = "others";
  others.id = "dino-other-figures";
  others.append(...labels.map(figureOf));
  Object.assign(button, { type: "button", className: "more", textContent: more, title: more_help });
  button.setAttribute("aria-controls", others.id);
  const show = (isSeen) => {
    button.setAttribute("aria-expanded", String(isSeen));
    others.classList.toggle("seen", isSeen);
  };
  show(remembersMore());
  button.onclick = () => {
    const isSeen = button.getAttribute("aria-expanded") !== "true";
    rememberMore(isSeen);
    show(isSeen);
  };
  rest.append(button, others);
  return rest;
}

function showFigures(host, values, labels, words) {
  const figures = host.querySelector(".figures"), drawn = JSON.stringify([labels, words.more]);
  if (host.drawnLabels !== drawn) {
    host.drawnLabels = drawn;
    const always = labels.filter((label) => label.at(-1));
    const others = labels.filter((label) => !label.at(-1));
    figures.replaceChildren(...always.map(figureOf), moreFigures(others, words));
  }
  for (const figure of figures.querySelectorAll(".figure")) {
    const value = figure.querySelector(".value"), text = values[figure.dataset.label] ?? "–";
    value.textContent = text;
    value.classList.toggle("words", text.length > 10);
  }
}
