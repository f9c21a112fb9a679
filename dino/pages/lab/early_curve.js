// The curves of the loss chart until plotly.js is there, which is loaded last: only lines, in the
// place where plotly draws them.

const SVG = "http://www.w3.org/2000/svg";

function drawEarly(frame, { data: traces, layout }) {
  const { tokens } = palette(frame), { clientWidth: width } = frame, { height, margin } = layout;
  if (!width) return;
  const place = ([low, high], from, to) => (value) =>
    from + (to - from) * (value - low) / (high - low);
  const x = place(layout.xaxis.range, margin.l, width - margin.r);
  const y = place(layout.yaxis.range, height - margin.b, margin.t);
  const lines = [
    ...layout.shapes.filter(({ y0, y1 }) => y0 === y1).map(({ y0, line }) =>
      ({ x: layout.xaxis.range, y: [y0, y0], line: { dash: "dash", ...line } })),
    ...traces];
  const picture = frame.querySelector(".early") ?? document.createElementNS(SVG, "svg");
  picture.setAttribute("class", "early");
  picture.setAttribute("aria-hidden", "true");  // the sentence below says it, and later plotly's picture
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.replaceChildren(...lines.map(({ x: across, y: up, line = {} }) => {
    const path = document.createElementNS(SVG, "polyline");
    const points = across.map((value, i) => [value, up[i]]).filter((point) => !point.includes(null));
    path.setAttribute("points", points.map(([a, b]) => `${x(a)},${y(b)}`).join(" "));
    path.style.stroke = tokens[line.color] ?? line.color ?? tokens["@text"];
    path.style.strokeWidth = line.width ?? 1;
    if (line.dash && line.dash !== "solid") path.style.strokeDasharray = "4";
    return path;
  }));
  picture.dataset.curves = 1 + Number(picture.dataset.curves || 0);
  frame.append(picture);
}

const leaveEarly = (frame) => frame.querySelector(".early")?.remove();
