// What is clicked and chosen is sent in this order. A link to another page waits until what was
// before it has been sent: it removes the parts of its page, and with them the clicks on the run's
// buttons that are not confirmed. Streamlit would send a choice of this moment after the link, or
// without its value. And before a choice, clicks on the run's buttons that still wait are sent.

const DINO_HELD = 3000;  // milliseconds that a link waits for clicks on the run's buttons
const DINO_SAID = 250;  // milliseconds until a choice is taken to be sent
const DINO_CHOICE = "[role=option], [role=radio], [role=switch], [role=checkbox], "
  + "[data-testid=stMain] :not(.dino-run-buttons *) > button";

function dinoHoldLinks() {
  if (window.dinoHoldsLinks) return;
  window.dinoHoldsLinks = true;
  let held = null, wait = 0;
  const chooses = () => {
    window.dinoClicked?.sendRest();
    window.dinoSaid = performance.now() + DINO_SAID;
  };
  addEventListener("input", chooses, true);
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link) return void (event.target.closest?.(DINO_CHOICE) && chooses());
    if (link === held || link.download || event.ctrlKey || event.metaKey || event.shiftKey) return;
    clearInterval(wait);  // of several links the last one counts
    const since = performance.now(), said = window.dinoSaid ?? 0;
    const waits = () => performance.now() < said
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
    }, 50);
  }, true);
}
