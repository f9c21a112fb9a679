// Two buttons. Each opens the browser's own dialog with a link, to copy or as a QR code that a
// class reads from the screen.

class Share {
  constructor(host) {
    this.get = (selector) => host.querySelector(selector);
    this.dialog = this.get("dialog");
    this.get(".close").onclick = () => this.dialog.close();
    this.dialog.onclose = () => { this.open = ""; };
    this.dialog.onclick = ({ target }) => { if (target === this.dialog) this.dialog.close(); };
    // Else the page would take a typed letter for one of its shortcuts.
    this.dialog.onkeydown = (event) => event.stopPropagation();
    this.get("input").onfocus = () => this.get("input").select();
    this.get(".copy").onclick = () => copyLink(this.get("input").value).then(
      () => this.sayOfCopy("copied"), () => this.sayOfCopy("not_copied"));
    this.get(".copy").onblur = () => this.sayOfCopy("copy");
    this.get(".ask").onclick = () => { this.asked = this.open; this.ask(this.open); this.draw(); };
  }

  sayOfCopy(word) {
    this.get(".copy").textContent = this.data.words[word];
  }

  fill(data) {
    this.data = data;
    const place = this.get(".buttons");
    while (place.children.length < data.links.length) {
      place.append(Object.assign(document.createElement("button"), { type: "button" }));
    }
    data.links.forEach(({ kind, title }, i) => {
      Object.assign(place.children[i], { textContent: title, onclick: () => this.show(kind) });
      place.children[i].setAttribute("aria-haspopup", "dialog");
    });
    this.get(".close").title = this.get(".close").ariaLabel = data.words.close;
    this.get(".ask").textContent = data.words.qr;
    this.sayOfCopy("copy");
    if (this.open) this.draw();
  }

  show(kind) {
    this.open = kind;
    this.asked = "";
    const settings = this.data.links.find((link) => link.kind === "settings");
    const link = window.dinoAddress?.link ?? settings.link;  // a part may have been drawn since
    if (link !== settings.link) Object.assign(settings, { link, qr: "" });
    this.draw();
    this.dialog.showModal();
  }

  // The link that is open. Its code is there once it was asked for and the server has made it.
  draw() {
    const found = this.data.links.find(({ kind }) => kind === this.open);
    const trains = found.then && window.dinoAddress?.last?.place.run === found.run;
    const { title, words, link, qr, agree, says } = { ...found, ...(trains && found.then) };
    const isAsked = this.asked === this.open;
    this.get("h2").textContent = this.dialog.ariaLabel = title;
    this.get("p").textContent = words;
    this.get(".agree").hidden = !agree;
    this.get(".agree").textContent = agree ?? "";
    this.get(".agree").onclick = () => this.agree(says);
    this.get(".link").hidden = !link;
    this.get("input").ariaLabel = title;
    this.get("input").value = link && new URL(link, location.href).href;
    this.get(".ask").hidden = !link || isAsked;
    this.get(".code").ariaLabel = title;
    this.get(".code").innerHTML = isAsked ? qr : "";  // the SVG is from our own server
  }
}

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".share");
  return keepLatest(host, () => {
    host.share ??= new Share(host);
    host.share.ask = (kind) => setTriggerValue("qr", kind);
    host.share.agree = (says) => setTriggerValue("agree", says);
    host.share.fill(data);
  });
}
