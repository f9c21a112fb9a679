// Train, Step, Reset and the pace. The main button stays the same element. Its word changes at once
// with a click, and otherwise with the run's frames, without a script.

const KINDS = {  // for each kind of main button: its action, its icon
  play: ["play", "M8 5v14l11-7z"],
  on: ["play", "M8 5v14l11-7z"],
  extend: ["extend", "M4 18l8.5-6L4 6v12zm9-12v12l8.5-6L13 6z"],
  pause: ["pause", "M6 19h4V5H6v14zm8-14v14h4V5h-4z"],
  none: ["", "M8 5v14l11-7z"],
};
const GO_ON = ["on", "extend"];  // the main button continues a run
const STEPS = ["play", "on"];  // a single step is possible

function drawPaces(place, paces, chosen, usable, choose) {
  const drawn = JSON.stringify(paces);
  if (place.drawn !== drawn) {
    place.drawn = drawn;
    place.replaceChildren(...paces.map(([pace, word, help]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "pace", title: help, textContent: word });
      button.dataset.pace = pace;
      return button;
    }));
  }
  for (const button of place.children) {
    button.setAttribute("aria-pressed", String(button.dataset.pace === chosen));
    setUsable(button, usable);
    button.onclick = () => {
      if (button.ariaDisabled !== "true" && button.ariaPressed !== "true") choose(button.dataset.pace);
    };
  }
}

// A button that may not be used still keeps the keyboard's focus.
function setUsable(button, usable) {
  button.setAttribute("aria-disabled", String(!usable));
}

// Scroll to the picture of the picked name; the keyboard's focus goes to its table. If no name is
// written, go to the controls for writing.
function jumpToNames() {
  const table = document.querySelector(".st-key-written");
  const target = document.querySelector(".st-key-probabilities") ??
    document.querySelector(".st-key-writing");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const shadows = [...(table?.querySelectorAll("*") ?? [])].map((part) => part.shadowRoot);
  shadows.find(Boolean)?.querySelector("[aria-selected=true]")?.focus({ preventScroll: true });
  target?.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-run-buttons");
  const [main, step, reset] = host.querySelectorAll(".row:first-child > button");
  const clicks = dinoClicks(data.key);

  // Before a visitor's first run, Train is the next thing to do, and its button says so.
  function call(isFirst) {
    host.classList.toggle("calls", isFirst);
    host.querySelector(".call").hidden = !isFirst;
    host.querySelector(".jump").hidden = isFirst;
  }

  function draw() {
    const kind = clicks.now(), [action, picture] = KINDS[kind] ?? KINDS.none;
    main.querySelector("span").textContent = data.kinds[kind] ?? data.kinds.none;
    main.querySelector("path").setAttribute("d", picture);
    main.classList.toggle("second", clicks.offers > 0 && kind !== "pause");
    main.dataset.kind = kind;
    // The controls have another run's settings. These two would train the last run, with its own
    // settings.
    const isPast = clicks.offersNew && GO_ON.includes(kind);
    setUsable(main, clicks.mine && action !== "" && !isPast);
    setUsable(step, clicks.mine && STEPS.includes(kind) && !isPast);
    main.title = isPast ? data.words.past : "";
    step.title = (!clicks.mine ? data.words.step_of_another : isPast ? data.words.past
      : data.words[`step_at_${kind}`]) ?? data.words.step_help;
    drawPaces(host.querySelector(".paces"), data.paces, clicks.paceNow(), clicks.mine,
              (pace) => clicks.click(pace));
    main.onclick = (event) => {
      if (main.ariaDisabled !== "true" && !dinoTwice(event)) clicks.click(action);
    };
    step.onclick = () => { if (step.ariaDisabled !== "true") clicks.click("step"); };
    call(kind === "play" && data.calls && clicks.mine && !clicks.hasTrained);
    host.querySelector(".jump").onclick = jumpToNames;
    reset.onclick = (event) => { if (!dinoTwice(event)) clicks.click("reset"); };
  }

  if (!host.watched) {
    host.watched = true;
    for (const button of [main, reset]) dinoOnce(button);
  }
  return keepLatest(host, () => {
    fillWords(host, data.words);
    clicks.join(host, draw, setTriggerValue);
    dinoHearClicks(host, data, clicks);
  }, () => { clicks.leave(host); dinoLeave(host); });
}
