// A component as Streamlit's message carries it: `own_code.py` puts a line with its own words before
// this. Its code comes from the server's file of all components' code, which a browser fetches once.
// Lines that begin with // are not sent.

let draw, loaded;

export default (call) => {
  if (draw) return draw(call);
  const { texts, late } = dinoCode(), isHere = () => call.parentElement.isConnected;
  // A wrong address, or a proxy that lets no file through: ask for the code in the message.
  late.then(() => draw || !isHere() || call.setTriggerValue("whole", Date.now()));
  // A module, as Streamlit makes one of the code in a message.
  loaded ??= texts.then((all) => import(URL.createObjectURL(new Blob(
    [...parts.map((part) => all[part]), `\n//# sourceURL=dino-${name}.js`],
    { type: "text/javascript" }))));
  return loaded.then((module) => {
    draw = module.default;
    return isHere() ? draw(call) : undefined;
  });
};

// texts: the contents of the file. late: that two rounds have failed. All components share both.
function dinoCode() {
  const all = window.dinoCode ??= {};
  if (all.newest !== mark) all[all.newest = mark] = fetchCode();
  return all[mark];
}

// Try until it is there, or until the server has sent components with another mark.
function fetchCode() {
  let isLate;
  const late = new Promise((resolve) => { isLate = resolve; });
  return { late, texts: (async () => {
    for (let n = 0; window.dinoCode.newest === mark; n += 1) {
      // Beside Streamlit's scripts, or beside the page.
      const script = document.querySelector("script[src*='static/js/']")?.src ?? location;
      const tries = files.flatMap((it) => [new URL("../../" + it, script), new URL(it, location)]);
      try {
        return await ask([...new Set(tries.map(String))], n);
      } catch { /* the next round */ }
      if (n) isLate();
      await wait(Math.min(30000, 500 * 2 ** n));
    }
    return new Promise(() => {});
  })() };
}

// The texts from the first address that gives them. Each is asked when the one before has failed, or
// has been silent for two seconds, as when a proxy lets a request hang.
async function ask([address, ...others], n) {
  // Its name changes with its contents, so a browser may take what it has kept. Later it may not,
  // because a broken answer may be kept.
  const own = fetch(address, {
    cache: n ? "reload" : "force-cache", signal: AbortSignal.timeout?.(n ? 30000 : 10000) })
    .then((it) => it.json()).then((all) => all.mark === mark ? all.texts : Promise.reject());
  if (!others[0]) return own;
  return await Promise.race([own, wait(2000)]).catch(() => {}) ?? Promise.any([own, ask(others, n)]);
}

const wait = (milliseconds) => new Promise((end) => setTimeout(end, milliseconds));
