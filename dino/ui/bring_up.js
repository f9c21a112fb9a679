// Invisible: scrolls a part of the page to the top of the window when its number changes.

export default function ({ data: [{ part, number }], parentElement }) {
  const host = parentElement.querySelector(".dino-bring-up");
  return keepLatest(host, () => {
    // In the window, not in this element, because a click may lead to a part of another page.
    const before = window.dinoBroughtUp ?? 0;
    window.dinoBroughtUp = number;
    if (number === before) return;
    requestAnimationFrame(() => {
      const found = document.querySelector(`.st-key-${part}`);
      if (!found) return;
      // The host's bar covers the top of the window, and on a phone the links take two lines.
      found.style.scrollMarginTop = innerWidth > 768 ? "4rem" : "7rem";
      found.scrollIntoView({ block: "start" });
    });
  });
}
