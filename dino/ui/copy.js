// Copies a link; `component.py` adds it to the components that do so.

async function copyLink(link) {
  const text = new URL(link, location.href).href;
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");  // a page that is not served by https
  box.value = text;
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  if (!copied) throw new Error("The browser did not copy it.");
}

