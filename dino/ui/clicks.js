// Clicks on the run's buttons. They are numbered and repeated until they are confirmed, and each is
// carried out once. `component.py` is the server's half. All components of a page share one list,
// which keeps the clicks in order.

const DINO_PATIENCE = 1500, DINO_MOST = 12000;  // milliseconds until clicks are repeated
const DINO_APART = 200;  // milliseconds between two messages when a button is clicked repeatedly
const DINO_STALE = 30000;  // milliseconds until an unconfirmed click is dropped

// What a click makes of the main button, until the server says what it is.
const DINO_NEXT = { play: "pause", extend: "pause", new: "pause", continue: "pause", last: "pause",
                    pause: "on", step: "on", reset: "play" };

class DinoClicks {
  constructor(key) {
    Object.assign(this, { key, done: 0, next: 1, waiting: [], draws: new Map(), kind: "play",
                          at: -1, mine: true, offers: 0, offersNew: false, pace: "",
                          pacedAt: -1, sentAt: -1e9, sentTo: 0, asks: [] });
  }

  // Call `draw` on any change, and use `ask` to send. If several have joined, the one with
  // `asksFirst` sends, because its redraw shows the result of the click.
  join(host, draw, ask) {
    this.draws.set(host, draw);
    this.asks = [...this.asks.filter((it) => it.host !== host && it.host.isConnected),
                 { host, ask }];
    // Clicks that nobody could send, because the parts of the page were being replaced.
    if (this.waiting.length && !this.sent && !window.dinoUnsaid?.()) this.later(this.spare());
  }

  leave(host) {
    this.draws.delete(host);
    this.asks = this.asks.filter((it) => it.host !== host);
  }

  // What is drawn may change what another part shows, and asks for one more round. While a page
  // comes, its line may be there twice, with other offers each, and would ask for ever.
  redraw() {
    this.asked = true;
    if (this.isDrawing) return;
    this.isDrawing = true;
    try {
      for (let rounds = 2; rounds && this.asked; rounds--) {
        this.asked = false;
        for (const [host, draw] of [...this.draws]) if (host.isConnected) draw();
      }
    } finally {
      this.isDrawing = false;
    }
  }

  // The main button's present kind: that of the newest frame, or what the clicks under way will
  // make it.
  now() {
    for (const { action } of [...this.waiting].reverse()) {
      if (DINO_NEXT[action]) return DINO_NEXT[action];
    }
    return this.kind;
  }

  // The pace that is set.
  paceNow() {
    return this.waiting.findLast(({ action }) => action === "watch" || action === "full")?.action
      ?? this.pace;
  }

  click(action) {
    const last = this.waiting.at(-1), n = this.next++;
    this.hasTrained ||= action === "play" || action === "step";
    if (last?.action === action && action === "step") Object.assign(last, { n, times: last.times + 1 });
    else this.waiting.push({ n, action, times: 1, since: performance.now() });
    if (window.dinoUnsaid?.()) this.sendAfterChoice();
    else if (action === "step" && (this.sent || this.spare() > 0)) this.later(this.spare());
    else this.send();
    this.redraw();
  }

  // A choice before the click has to be sent first: see `links.js`.
  sendAfterChoice() {
    clearInterval(this.unsaid);
    this.unsaid = setInterval(() => {
      if (window.dinoUnsaid()) return;
      clearInterval(this.unsaid);
      this.sendRest();
    }, 10);
  }

  // Milliseconds until it may send again.
  spare() {
    return DINO_APART - (performance.now() - this.sentAt);
  }

  later(milliseconds) {
    if (this.sent) return;  // the confirmation, or a repetition, sends the rest
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), Math.max(0, milliseconds));
  }

  send() {
    const there = this.asks.filter(({ host }) => host.isConnected);
    const { ask } = there.find(({ host }) => host.asksFirst) ?? there[0] ?? {};
    clearTimeout(this.timer);
    clearTimeout(this.again);
    if (!this.waiting.length || !ask) return void (this.sent = false);  // who joins next sends
    this.patience = this.sent ? Math.min(DINO_MOST, 2 * this.patience) : DINO_PATIENCE;
    Object.assign(this, { sent: true, sentAt: performance.now(), sentTo: this.next });
    ask("act", this.waiting.map(({ n, action, times }) => ({ n, action, times })));
    this.again = setTimeout(() => this.send(), this.patience);
  }

  // Send the clicks that wait: the next choice is not theirs yet.
  sendRest() {
    if (this.waiting.some(({ n }) => n >= this.sentTo)) this.send();
  }

  // The server has done all clicks up to this number.
  confirm(done) {
    if (!(done > this.done)) return;
    this.done = done;
    this.next = Math.max(this.next, done + 1);
    this.waiting = this.waiting.filter(({ n }) => n > done)
      .map((it) => ({ ...it, times: Math.min(it.times, it.n - done) }));
    clearTimeout(this.again);
    this.sent = false;
    if (this.waiting.length) this.later(this.spare());
  }

  // Take what a frame or a script says, unless something newer is known. Only scripts tell the
  // pace, and one of them may arrive after a newer frame.
  see({ at, kind, watching, pace }) {
    if (pace && at >= this.pacedAt) Object.assign(this, { pacedAt: at, pace });
    if (!kind || !(at >= this.at)) return;
    Object.assign(this, { at, kind, mine: !watching });
  }

  forgetStale() {
    const now = performance.now();
    if (this.sent && now - this.sentAt < DINO_STALE) return;
    this.waiting = this.waiting.filter(({ since }) => now - since < DINO_STALE);
  }
}

// The clicks of the page with this key. Another key means another session, so old clicks are
// dropped.
function dinoClicks(key) {
  if (window.dinoClicked?.key !== key) {
    clearTimeout(window.dinoClicked?.again);
    clearTimeout(window.dinoClicked?.timer);
    window.dinoClicked = new DinoClicks(key);
  }
  return window.dinoClicked;
}

// Whether to ignore a click: the second of a double click on a button whose word has changed since,
// or one of a key that is held down.
const dinoTwice = (event) => event.detail > 1 || event.currentTarget.held === true;

// Note whether the button's key is held down, so that this clicks only once.
function dinoOnce(button) {
  button.addEventListener("keydown", (event) => { button.held = event.repeat; });
  button.addEventListener("keyup", () => { button.held = false; });
}

// Take what a script says about the clicks, and listen to the stream. say(frame): draws the rest.
function dinoHearClicks(host, data, clicks, say = () => {}) {
  clicks.forgetStale();
  clicks.confirm(data.done);
  hear(data.frame);
  function hear(frame) {
    clicks.see(frame);
    say(frame);
    clicks.redraw();
  }
  if (data.stream && host.listensTo !== data.key) {
    host.unlisten?.();
    host.unlisten = dinoEvents().listen(data.key, {
      heard: (frame) => host.hearsClicks(frame), changed: () => {} });
    host.listensTo = data.key;
  }
  host.hearsClicks = hear;
}
