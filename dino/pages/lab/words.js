// Puts the words of a component, in the page's language, into the places that are marked for them.

function fillWords(host, words) {
  for (const [mark, fill] of [
    ["data-word", (place, text) => { place.textContent = text; }],
    ["data-title", (place, text) => { place.title = text; }],
    ["data-aria", (place, text) => place.setAttribute("aria-label", text)],
  ]) {
    for (const place of host.querySelectorAll(`[${mark}]`)) {
      const text = words[place.getAttribute(mark)];
      if (text !== undefined) fill(place, text);
    }
  }
}

