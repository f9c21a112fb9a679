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
      // The host's bar lies over the top of the window; a phone has the pages' links in two lines.
      found.style.scrollMarginTop = innerWidth > 768 ? "4rem" : "7rem";
      found.scrollIntoView({ block: "start" });
    });
  });
}
