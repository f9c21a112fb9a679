// A function with a statement marked in it. Its lines are set as text, never as HTML. If it does
// not fit its box, the box scrolls and begins at the statement.

export default function ({ data: [data], parentElement }) {
  const host = parentElement.querySelector(".dino-code");
  return keepLatest(host, () => {
    const shape = JSON.stringify(data);
    if (host.shape === shape) return;  // the learner may have scrolled
    host.shape = shape;
    host.replaceChildren();
    const box = make("pre", "", host);
    Object.assign(box, { tabIndex: 0, role: "group" });  // so that the arrow keys scroll it
    box.setAttribute("aria-label", data.label);
    data.lines.forEach((line, number) => {
      const isMarked = data.first <= number && number <= data.last;
      const row = make("div", "", box, isMarked ? "line here" : "line");
      make("span", String(number + 1), row, "number").setAttribute("aria-hidden", "true");
      make(isMarked ? "mark" : "span", line || " ", row, "text");
    });
    showMarked(box);
    // In a hidden box, or if lines wrap at another width, the lines are elsewhere.
    host.seen ??= new ResizeObserver(() => host.firstChild && showMarked(host.firstChild));
    host.seen.disconnect();
    host.seen.observe(box);
  });
}

function showMarked(box) {
  const [first, last] = [box.querySelector(".here"), [...box.querySelectorAll(".here")].at(-1)];
  const middle = (first.offsetTop + last.offsetTop + last.offsetHeight) / 2;
  // Scroll so that the first marked line is visible, even if they do not all fit.
  box.scrollTop = Math.min(middle - box.clientHeight / 2, first.offsetTop);
}
