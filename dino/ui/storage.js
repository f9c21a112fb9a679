// What this browser keeps in its storage; `component.py` adds it to the components that use it. A
// browser that blocks storage keeps it until the page is loaded again.

const DINO_BEGUN = "dino-begun";  // whether it has trained, or opened a part of Learn
const DINO_KEPT = ["dino-learn", "dino-learn-chips", DINO_BEGUN];

function dinoKept(change) {
  try {
    return change(localStorage) ?? "";
  } catch {
    return "";
  }
}

// erased: how often the visitor has erased everything; if it has grown, delete what is kept.
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

