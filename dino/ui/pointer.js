// One pointer for all charts of a page whose x axes count the same. If one of them is hovered or
// tapped, the others show a line at that x, and their values there.

// A figure's `meta` names what its x axis counts. Without it, the figure's pointer is not shared.
function sharePointer(Plotly, host) {
  const point = ({ points: [{ x }] }) => movePointer(Plotly, host, x);
  host.on("plotly_hover", point);
  host.on("plotly_click", point);  // a tap does not hover
  host.on("plotly_unhover", () => movePointer(Plotly, host, NaN));
  host.on("plotly_afterplot", () => markPointer(Plotly, host));  // the axis may have changed
}

function movePointer(Plotly, from, x) {
  if (from.layout.meta === undefined) return;
  window.dinoPointer = { from, x, unit: from.layout.meta };
  for (const host of document.querySelectorAll(".dino-plot")) markPointer(Plotly, host);
}

// Show in a chart the pointer of another chart, or that there is none.
function markPointer(Plotly, host) {
  const pointer = window.dinoPointer, axis = host._fullLayout?.xaxis;
  if (!pointer || !axis) return;
  const isOthers = pointer.from !== host;
  const isShared = isOthers && pointer.from.isConnected && host.layout.meta === pointer.unit;
  const at = isShared ? axis.d2p(pointer.x) : NaN;
  const isSeen = at >= 0 && at <= axis._length;
  if (isSeen) Plotly.Fx.hover(host, { xval: pointer.x }, "xy");
  else if (host.line && isOthers) Plotly.Fx.unhover(host);
  drawPointer(host, isSeen ? axis._offset + at : NaN);
}

// x: in pixels; NaN for no line.
function drawPointer(host, x) {
  const isSeen = Number.isFinite(x);
  host.classList.toggle("pointed", isSeen);
  if (!isSeen) { host.line?.remove(); host.line = null; return; }
  host.line ??= host.appendChild(document.createElement("div"));
  const { _offset, _length } = host._fullLayout.yaxis;
  host.line.className = "dino-pointer";
  Object.assign(host.line.style, { left: x + "px", top: _offset + "px", height: _length + "px" });
}

