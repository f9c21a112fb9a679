// In a frame: tells the page around it the address, by Streamlit's own message, so that a reload of
// that page comes back to it. Only a page of our own origin hears it, or of one that the server
// allows. Any other page loads the frame again as at first; then the tab's storage has the address.

const DINO_FRAME = "dino-frame";

// The origin of the page around this frame if it may hear the address; else "".
async function findDinoHost() {
  const origin = dinoOuterOrigin();
  if (!origin || origin === location.origin) return origin;
  const script = document.querySelector("script[src*='static/js/']").src;
  const answer = await fetch(new URL("../../_stcore/host-config", script));
  const { allowedOrigins = [] } = await answer.json();
  return allowedOrigins.some((allowed) => isOrigin(allowed, origin)) ? origin : "";
}

function dinoOuterOrigin() {
  try {
    return window.parent.location.origin;
  } catch {
    const { ancestorOrigins: found } = location;
    return found ? found[0] : document.referrer && new URL(document.referrer).origin;
  }
}

// allowed: an origin, or one with * for a part of its host.
function isOrigin(allowed, origin) {
  const parts = allowed.split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\w-]+")}$`).test(origin);
}

function dinoTellHost() {
  if (window === window.parent) return;
  const here = location.pathname + location.search, queryParams = location.search;
  if (window.dinoTold === here) return;
  window.dinoTold = here;
  window.dinoHost ??= findDinoHost().catch(() => {
    window.dinoHost = window.dinoTold = null;  // ask again with the next address
    return "";
  });
  window.dinoHost.then((origin) => {
    if (!origin) return keepInTab(here);
    window.parent.postMessage({ stCommVersion: 1, type: "SET_QUERY_PARAM", queryParams }, origin);
  });
}

// first: the address that the page around the frame gave it.
function keepInTab(here) {
  try {
    sessionStorage.setItem(DINO_FRAME, JSON.stringify({ first: window.dinoFirst, here }));
  } catch { /* denied: a reload begins as at first */ }
}

// The query of the frame's address; after a reload of the page around it, the one from before.
function dinoFrameQuery() {
  const first = location.pathname + location.search;
  if (window === window.parent || window.dinoFirst) return location.search.slice(1);
  window.dinoFirst = first;
  try {
    const kept = JSON.parse(sessionStorage.getItem(DINO_FRAME));
    if (kept?.here === first) window.dinoFirst = kept.first;  // only the frame was loaded again
    if (kept?.first !== first) return location.search.slice(1);
    const [path, query] = kept.here.split("?");
    const said = new URLSearchParams(query);
    if (path !== location.pathname) for (const name of ["tab", "look"]) said.delete(name);
    return said.toString();
  } catch {
    return location.search.slice(1);
  }
}
