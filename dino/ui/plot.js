// One picture, drawn from its figure. Without a figure, it only loads plotly.js and reports that
// the page is there.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  if (!data.figure) {
    if (data.greet) greet(parentElement, setTriggerValue);
    return void plotly(data.source).catch(() => {});
  }
  const frame = parentElement.querySelector(".dino-frame");
  const host = frame.querySelector(".dino-plot");
  function draw() {
    host.clicked = data.clickable ? (x, y) => setTriggerValue("point", [x, y]) : null;
    host.style.cursor = data.clickable ? "pointer" : "";
    drawFigure(frame, data, () => host.calls.at(-1) === draw);
  }
  return keepLatest(host, draw, () => leaveFigure(host, () => host.calls.length));
}

// Repeat it until the rest of the page replaces this, because Streamlit sometimes drops a request.
function greet(place, tell) {
  tell("here", 1);
  clearTimeout(place.greeting);
  place.greeting = setTimeout(() => place.isConnected && greet(place, tell), 3000);
}
