// The panel below the strip: the functions that compute some of its parts, with their lines marked.
// way: forward, backward or update; kinds: the parts; below: the last words, '' for none;
// choose(part): called when another line of these functions is chosen.

// way: forward, backward or update; kinds: the parts; below: the last words, '' for none; choose:
// called with the part that another line of these functions computes.
function drawStripCode(panel, { code, sources }, way, kinds, below, choose) {
  panel.replaceChildren();
  const parts = code[way], said = new Set();  // parts of one stage may share a function
  panel.hidden = !kinds.length;
  const sayOnce = (words, name) => {
    if (words && !said.has(words)) make("p", words, panel, name);
    said.add(words);
  };
  for (const kind of kinds) {
    sayOnce(parts[kind].words, "about");
    for (const { place, engine } of parts[kind].blocks) {
      if (said.has(place)) continue;
      sayOnce(place, "place");
      sayOnce(engine, "engine");
      drawStripFunction(panel, place, sources[place], parts, kinds, choose);
    }
  }
  sayOnce(below, "below");
}

function drawStripFunction(panel, place, lines, parts, kinds, choose) {
  const pre = make("pre", "", panel);
  pre.setAttribute("aria-label", place);
  const has = (kind, number) => parts[kind].blocks.some((block) =>
    block.place === place && block.numbers.includes(number));
  lines.forEach((line, number) => {
    const isHere = kinds.some((kind) => has(kind, number));
    const other = isHere ? "" : Object.keys(parts).find((kind) => has(kind, number));
    const row = make(isHere ? "strong" : other ? "button" : "span", line + "\n", pre, "line");
    row.classList.toggle("here", isHere);
    if (other) row.onclick = () => choose(other);
  });
  const here = pre.querySelector(".here");  // a long function scrolls inside its frame
  if (here) pre.scrollTop = here.offsetTop - pre.clientHeight / 2;
}
