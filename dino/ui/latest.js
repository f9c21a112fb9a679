// What all components share; `component.py` puts it before each.

// Draw, and return the cleanup that Streamlit expects. Streamlit calls a component again for all
// new data, and while the module loads, calls can arrive out of order. It cleans up every call but
// the newest at once, although the element stays in use. So this draws the newest of the remaining
// calls. leave(): called when the element has left the page.
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

// Append a new element with a class and a text, which is never HTML.
function make(tag, text, to, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  to.append(element);
  return element;
}

