// What this browser keeps in its own storage; `component.py` puts it in front of the components that
// use it. A browser that blocks storage keeps it until the page is loaded again.

const DINO_BEGUN = "dino-begun";  // that it has trained, or opened a lesson or another part of Learn
const DINO_KEPT = ["dino-learn", "dino-learn-chips", DINO_BEGUN];

function dinoKept(change) {
  try {
    return change(localStorage) ?? "";
  } catch {
    return "";
  }
}

// erased: how often the visitor has erased all; once more than before forgets what is kept.
function dinoForget(erased) {
  if (!(erased > (window.dinoErased ?? 0))) return;
  Object.assign(window, { dinoErased: erased, dinoBegun: false });
  for (const kept of DINO_KEPT) dinoKept((store) => store.removeItem(kept));
}

const dinoHasBegun = () => window.dinoBegun || Boolean(dinoKept((store) => store.getItem(DINO_BEGUN)));

function dinoBegin() {
  if (window.dinoBegun) return;
  window.dinoBegun = true;
  dinoKept((store) => store.setItem(DINO_BEGUN, "1"));
}

