// What all components share; `component.py` lays it before each.

// Draw, and return the cleanup that Streamlit wants. It calls a component anew for all new data,
// and while the module loads such calls may even come in reverse. Whichever was overtaken is
// cleaned up at once, though the element is still in use: what then counts is the last of the
// others. `leave` is called when the element has left the page.
function keepLatest(host, draw, leave = () => {}) {
  host.calls = [...(host.calls ?? []), draw].slice(-4);
  draw();
  return () => {
    const wasLast = host.calls.at(-1) === draw;
    host.calls = host.calls.filter((other) => other !== draw);
    if (!host.isConnected) { host.calls = []; leave(); }
    else if (wasLast) host.calls.at(-1)?.();
  };
}

