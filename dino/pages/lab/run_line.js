// The line under the buttons: one sentence on where the run is and, in their own place beside it,
// at most two buttons for what one can do next.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-run-line");
  const clicks = dinoClicks(data.key);

  function say(frame) {
    if (!frame?.status || !isNewer(host, data.key, frame)) return;
    host.querySelector(".status").className = `status ${frame.phase}`;
    host.querySelector(".watching").hidden = !frame.watching;
    sayAloud(host, frame);
    if (same(host, "toldStatus", frame.status)) return;  // else it would be read aloud again
    host.querySelector(".words").replaceChildren(...frame.status.map(([text, strong]) => {
      const part = document.createElement(strong ? "strong" : "span");
      part.textContent = text;
      return part;
    }));
  }

  // The two buttons are always the same elements, so that one keeps the focus while its words
  // change. An offer that a click has taken up is not shown again.
  function offer() {
    const taken = clicks.waiting.some(({ action }) => action !== "step" && !data.paces.includes(action));
    const offers = taken || !clicks.mine ? [] : data.offers;
    const before = [clicks.offers, clicks.offersNew].join();
    clicks.offers = offers.length;
    clicks.offersNew = offers.some(({ action, weight }) => action === "new" && weight === "main");
    host.querySelector(".offers").classList.toggle("none", !offers.length);
    [...host.querySelectorAll(".offer")].forEach((place, i) => {
      const [button, words] = place.children, found = offers[i];
      place.className = found ? `offer ${found.weight}` : "offer";
      if (!found && document.activeElement === button) focusMain();
      place.hidden = !found;
      if (!found) return button.textContent = words.textContent = words.title = "";
      button.textContent = found.label;
      words.textContent = words.title = found.words;
      if (found.pressed == null) button.removeAttribute("aria-pressed");
      else button.setAttribute("aria-pressed", String(found.pressed));
      button.onclick = (event) => { if (!dinoTwice(event)) clicks.click(found.action); };
    });
    if (before !== [clicks.offers, clicks.offersNew].join()) clicks.redraw();  // the main one changes
  }

  if (!host.watched) {
    host.watched = host.asksFirst = true;
    for (const button of host.querySelectorAll("button")) dinoOnce(button);
  }
  return keepLatest(host, () => {
    fillWords(host, data.words);
    clicks.join(host, offer, setTriggerValue);
    dinoHearClicks(host, data, clicks, say);
  }, () => { clicks.leave(host); dinoLeave(host); });
}

const DINO_TELLS = 10000;  // the fewest milliseconds between two messages on progress

const same = (host, name, value) => host[name] === (host[name] = JSON.stringify(value));

// For screen readers: while the run trains, one line now and then in a separate place; at rest,
// each new state of the visible words and the run's progress.
function sayAloud(host, { phase, progress = "" }) {
  const trains = phase === "running", now = performance.now();
  host.querySelector(".words").setAttribute("aria-live", trains ? "off" : "polite");
  if (trains && (!progress || now - (host.toldAt ?? -Infinity) < DINO_TELLS)) return;
  if (trains) host.toldAt = now;
  if (!same(host, "toldProgress", progress)) host.querySelector(".progress").textContent = progress;
}

function focusMain() {
  document.querySelector(".dino-run-buttons .main")?.focus({ preventScroll: true });
}
