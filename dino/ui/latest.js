// What all components share; `component.py` puts it in front of each.

// Draw, and return the cleanup that Streamlit wants. It calls a component again for all new data,
// and while the module loads, calls can arrive out of order. Streamlit cleans up every call but the
// newest at once, though the element stays in use; so we draw the newest that is left. `leave` is
// called when the element has left the page.
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

// A new element at the end of another one, with a text that is never HTML, and a class.
function make(tag, text, to, name = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  element.className = name;
  to.append(element);
  return element;
}

