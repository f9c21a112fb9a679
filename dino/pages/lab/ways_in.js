// Three ways to begin, for a browser that has not begun. They disappear once one of them is taken,
// or a click on the run's buttons trains. Their line keeps its height, so nothing moves then.

const DINO_TRAINS = ["play", "step", "extend", "new", "continue", "last"];
const DINO_REPEATS = 2000;  // milliseconds until the server is told again

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-ways"), clicks = dinoClicks(data.key);

  function draw() {
    if (clicks.waiting.some(({ action }) => DINO_TRAINS.includes(action))) dinoBegin();
    host.hidden = Boolean(dinoHasBegun()) && !host.asking;  // they stay until the other page comes
  }

  // Go there within this session. A new tab or window is left to the browser.
  function follow(event, way) {
    dinoBegin();
    if (event.ctrlKey || event.metaKey || event.shiftKey) return draw();
    event.preventDefault();
    if (host.asking) return;
    host.asking = setInterval(() => setTriggerValue("take", way), DINO_REPEATS);
    setTriggerValue("take", way);
  }

  // Does the same as the main button, which then has the focus.
  function train() {
    const main = document.querySelector(".dino-run-buttons .main");
    main?.focus({ preventScroll: true });
    main?.click();
  }

  function stop() {
    clicks.draws.delete(host);
    removeEventListener("storage", host.drawWays);
  }

  return keepLatest(host, () => {
    dinoForget(data.erased);
    fillWords(host, data.words);
    const [play, learn, press] = host.children;
    for (const [link, way] of [[play, "play"], [learn, "learn"]]) {
      link.href = data.links[way];
      link.onclick = (event) => follow(event, way);
    }
    press.onclick = train;
    stop();
    clicks.draws.set(host, host.drawWays = draw);
    addEventListener("storage", draw);  // another tab has begun
    draw();
  }, () => {
    clearInterval(host.asking);
    stop();
  });
}
