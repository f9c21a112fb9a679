// Invisible: brings a part of the page to the top of the window when its number changes.

export default function ({ data: [{ part, number }], parentElement }) {
  const host = parentElement.querySelector(".dino-bring-up");
  return keepLatest(host, () => {
    const before = host.number ?? number;
    host.number = number;
    if (number === before) return;
    requestAnimationFrame(() => {
      const found = document.querySelector(`.st-key-${part}`);
      if (!found) return;
      found.style.scrollMarginTop = "4rem";  // the host's bar lies over the top of the window
      found.scrollIntoView({ block: "start" });
    });
  });
}
