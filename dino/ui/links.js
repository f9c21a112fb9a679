// What is clicked and chosen is sent in this order. A link to another page waits until what was
// before it has been sent: it removes the parts of its page, and with them the clicks on the run's
// buttons that are not confirmed. Streamlit would send a choice of this moment after the link, or
// without its value. And before a choice, clicks on the run's buttons that still wait are sent.

const DINO_HELD = 3000;  // milliseconds that a link waits for clicks on the run's buttons
const DINO_SAID = 500;  // milliseconds after which a choice that sends nothing is over
const DINO_CHOICE = "[role=option], [role=radio], [role=switch], [role=checkbox], "
  + "[data-testid=stMain] :not(.dino-run-buttons *) > button";

function dinoHoldLinks() {
  if (window.dinoHoldsLinks) return;
  window.dinoHoldsLinks = true;
  let held = null, wait = 0, chosen = -1e9, sent = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function dinoSend(...about) {
    sent = performance.now();
    return send.apply(this, about);
  };
  // Whether a choice was made, and nothing has been sent since.
  window.dinoUnsaid = () => chosen > sent && performance.now() < chosen + DINO_SAID;
  const isChoice = ({ target }) => target.closest?.(DINO_CHOICE);
  const chooses = () => {
    window.dinoClicked?.sendRest();
    chosen = performance.now();
  };
  addEventListener("pointerdown", (event) => {
    if (isChoice(event)) window.dinoClicked?.sendRest();
  }, true);
  addEventListener("keydown", ({ target }) => target.type === "range" && chooses(), true);
  addEventListener("input", chooses, true);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link) return void (isChoice(event) && chooses());
    if (link === held || link.download || event.ctrlKey || event.metaKey || event.shiftKey) return;
    clearInterval(wait);  // of several links the last one counts
    const since = performance.now();
    const waits = () => window.dinoUnsaid()
      || (window.dinoClicked?.waiting.length && performance.now() - since < DINO_HELD);
    if (!waits()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wait = setInterval(() => {
      if (waits()) return;
      clearInterval(wait);
      // It may have been drawn again since. A click on the old one would load the page again.
      held = link.isConnected ? link
        : [...document.links].find(({ href }) => href === link.href) ?? null;
      held?.click();
      held = null;
    }, 20);
  }, true);
}
