// A box for a file, which it sends in pieces: each waits until the server has taken the one before.
// Streamlit's own box needs a cookie, which a page in another site's frame does not have.

const DINO_FIRST_PIECE = 24_576;  // bytes; the next ones grow as fast as the connection allows
const DINO_QUICK = 400, DINO_SLOW = 2000;  // milliseconds in which a piece is taken
// Milliseconds until a message is repeated, because Streamlit may drop it: at first, at most. The
// server drops a file of which it has heard nothing for `IDLE`, so it has to hear more often.
const DINO_AGAIN = 5000, DINO_SELDOM = 15000;
const DINO_TRIES = 6;
const DINO_ROOM = 1500;  // milliseconds until the server is asked again whether it has room

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-file");
  return keepLatest(host, () => {
    host.box ??= new DinoFileBox(host);
    host.box.post = (message) => setTriggerValue("sent", message);
    host.box.show(data);
  }, () => host.box?.end());
}

class DinoFileBox {
  constructor(host) {
    this.get = (which) => host.querySelector(which);
    // now: the file that is sent. got: bytes that the server has; -1 until it has agreed to take it.
    Object.assign(this, { now: null, said: "" });
    const frame = this.get(".frame"), input = this.get("input");
    this.get(".choose").onclick = () => input.click();
    input.onchange = () => { this.begin(input.files[0]); input.value = ""; };
    frame.ondragover = (event) => { event.preventDefault(); frame.classList.add("over"); };
    frame.ondragleave = () => frame.classList.remove("over");
    frame.ondrop = (event) => {
      event.preventDefault();
      frame.classList.remove("over");
      this.begin(event.dataTransfer.files[0]);
    };
    this.get(".end").onclick = () => this.stop();
  }

  show(data) {
    this.data = data;
    this.get("#label").textContent = data.label;
    this.get(".choose").textContent = data.words.choose;
    this.get(".choose").ariaLabel = `${data.words.choose}: ${data.label}`;
    this.get("#hint").textContent = `${data.words.drop} • ${data.limits}`;
    this.get("input").accept = data.kinds.join();
    if (this.now && data.id === this.now.id) this.hear(data);
    this.draw();
  }

  begin(file) {
    if (!file) return;
    this.end();
    const id = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join("");
    this.now = { id, file, got: -1, piece: DINO_FIRST_PIECE, tries: 0, slowest: 0 };
    this.say("");
    this.tell();
    this.draw();
  }

  // Send the next piece; before the server has agreed, only the file's name and size.
  async tell() {
    const { now } = this, at = Math.max(0, now.got), end = now.got < 0 ? 0 : at + now.piece;
    let data = "";
    try {
      if (end) data = await base64(now.file.slice(at, end));
    } catch {
      if (now === this.now) this.fail(this.data.words.unreadable);
      return;
    }
    if (now !== this.now || at !== Math.max(0, now.got)) return;
    now.at = performance.now();
    this.post({ id: now.id, name: now.file.name, size: now.file.size, at, data });
    const wait = Math.max(DINO_AGAIN, 4 * now.slowest) * 2 ** now.tries;
    this.repeatAfter(Math.min(DINO_SELDOM, wait));
  }

  repeatAfter(milliseconds) {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.now.tries += 1;
      if (this.now.tries > DINO_TRIES) this.fail(this.data.words.lost);
      else this.tell();
    }, milliseconds);
  }

  // What the server says of the file that is sent.
  hear({ got, waits, done, why }) {
    const { now } = this;
    if (why) return this.fail(why);
    if (done) return this.end();
    if (waits) {
      Object.assign(now, { waits: true, tries: 0 });
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.tell(), DINO_ROOM);
    } else if (got > now.got) {
      const took = performance.now() - now.at;
      if (took < DINO_QUICK) now.piece = Math.min(2 * now.piece, this.data.piece);
      if (took > DINO_SLOW) now.piece = Math.max(DINO_FIRST_PIECE, now.piece / 2);
      Object.assign(now, { got, waits: false, tries: 0, slowest: Math.max(now.slowest, took) });
      this.tell();
    }
  }

  stop() {
    const id = this.now?.id ?? "none";
    this.end();
    this.say("");
    this.post({ id, stops: true });
    this.draw();
  }

  fail(why) {
    this.end();
    this.say(why);
    this.draw();
  }

  end() {
    clearTimeout(this.waiting);
    this.now = null;
  }

  say(why) {
    this.get("#refusal").textContent = why;
  }

  draw() {
    const { now, data: { words, file } } = this, shown = now?.file ?? file;
    const button = this.get(".end"), had = button.matches(":focus");
    this.get(".sent").hidden = !shown;
    if (had && !shown) this.get(".choose").focus();
    if (shown) {
      this.get(".name").textContent = shown.name;
      this.get(".size").textContent = now ? `${Math.floor(100 * share(now))} %` : file.text;
      this.get("progress").hidden = !now;
      this.get("progress").value = now ? share(now) : 0;
      this.get("progress").ariaLabel = `${words.sending}: ${shown.name}`;
      button.textContent = now ? words.stop : words.remove;
      button.ariaLabel = `${button.textContent}: ${shown.name}`;
    }
    const status = !now ? "" : now.waits ? words.waits : `${words.sending}…`;
    if (this.get("#status").textContent !== status) this.get("#status").textContent = status;
  }
}

const share = ({ got, file }) => Math.max(0, got) / Math.max(1, file.size);

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}
