// What live components share: one stream of events for the whole page, whichever components listen.
// The page may be behind a proxy's path, and Streamlit answers a wrong address with its own page.
// So only an answer of type `text/event-stream` is accepted.

const DINO_FIRST = 2000, DINO_SILENCE = 20000, DINO_LATER = 30000;  // milliseconds

// The base address of the server's own routes; null if they cannot be reached.
function dinoBase() {
  window.dinoFound ??= findDinoBase().catch(() => null).then((base) => {
    if (base === null) setTimeout(() => { window.dinoFound = null; }, DINO_LATER);
    return base;
  });
  return window.dinoFound;
}

async function findDinoBase() {
  const path = location.pathname, parts = path.split("/").slice(0, -1);
  const tries = [parts.join("/") + "/", path.replace(/\/*$/, "/")];
  for (let n = parts.length - 1; n > 0; n -= 1) tries.push(parts.slice(0, n).join("/") + "/");
  for (const folder of [...new Set(tries)].slice(0, 5)) {
    const base = new URL(folder, location.origin);
    const answer = await within(DINO_FIRST, (signal) =>
      fetch(new URL("dino/here", base), { signal, cache: "no-store" })).catch(() => null);
    if (isStream(answer)) return base;
  }
  return null;
}

const isStream = (answer) =>
  answer?.ok && (answer.headers.get("content-type") ?? "").startsWith("text/event-stream");

async function within(milliseconds, work) {
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), milliseconds);
  try {
    return await work(aborter.signal);
  } finally {
    clearTimeout(timer);
  }
}

class DinoEvents {
  constructor() {
    this.listeners = new Set();
    this.key = this.lastId = "";
    this.up = this.tried = false;  // whether events arrive; whether that is known
    this.got = false;  // whether this connection has brought any
    document.addEventListener("visibilitychange", () => this.update());
  }

  // Listen to every event of the page with this key. heard(frame): an event; changed(): `up`
  // changed.
  listen(key, listener) {
    if (key !== this.key) {
      this.stop();
      Object.assign(this, { key, lastId: "", up: false, tried: false });
    }
    this.listeners.add(listener);
    // A new listener missed what the stream brought before, which may be newer than what was drawn.
    if (this.aborter && this.got) this.restart();
    else this.update();
    return () => {
      this.listeners.delete(listener);
      setTimeout(() => this.update(), 500);  // a component of the next page may listen at once
    };
  }

  // A hidden page closes its stream, because a browser opens at most six connections to a server.
  update() {
    const wanted = this.listeners.size > 0 && !document.hidden;
    if (wanted && !this.aborter) this.run(this.aborter = new AbortController());
    if (!wanted) this.stop();
  }

  stop() {
    this.aborter?.abort();
    this.aborter = null;
  }

  // Ask for everything again, because a listener missed what was sent before.
  restart() {
    this.lastId = "";
    this.stop();
    this.update();
  }

  tell(up) {
    const changed = this.up !== up || !this.tried;
    Object.assign(this, { up, tried: true });
    if (changed) for (const listener of this.listeners) listener.changed();
  }

  async run(aborter) {
    for (let failures = 0; !aborter.signal.aborted; ) {
      const began = performance.now();
      await this.read(aborter).catch(() => {});
      if (aborter.signal.aborted) return;
      if (performance.now() - began > 5000) failures = 0;
      if (!this.got) this.tell(false);
      failures += 1;
      const pause = this.got ? 300 : Math.min(DINO_LATER, 1000 * 2 ** failures);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  async read(aborter) {
    this.got = false;
    const base = await dinoBase();
    if (base === null || aborter.signal.aborted) return;
    const attempt = new AbortController();
    const end = () => attempt.abort();
    aborter.signal.addEventListener("abort", end);
    let timer = setTimeout(end, DINO_FIRST);
    try {
      const answer = await fetch(new URL("dino/events", base), {
        signal: attempt.signal, cache: "no-store",
        headers: { Accept: "text/event-stream", "X-Dino-Key": this.key,
                   ...(this.lastId && { "Last-Event-ID": this.lastId }) },
      });
      if (!isStream(answer)) return;
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(end, DINO_SILENCE);
        const events = (text + value).split("\n\n");
        text = events.pop();
        for (const event of events) this.take(event);
      }
    } finally {
      clearTimeout(timer);
      aborter.signal.removeEventListener("abort", end);
    }
  }

  take(event) {
    const field = (name) => event.split("\n").find((line) => line.startsWith(name + ": "))
      ?.slice(name.length + 2);
    this.got = true;
    this.tell(true);
    if (field("event") || !field("data")) return;
    this.lastId = field("id") ?? this.lastId;
    const frame = JSON.parse(field("data"));
    for (const listener of this.listeners) listener.heard(frame);
  }
}

// Whether a frame is at least as new as the last one shown for this key. A script's frame may
// arrive after a newer one from the stream.
function isNewer(host, key, frame) {
  if (host.shownFor !== key) Object.assign(host, { shownFor: key, at: 0 });
  if (frame.at < host.at) return false;
  host.at = frame.at;
  return true;
}

const dinoEvents = () => (window.dinoEvents ??= new DinoEvents());

// How a live component asks the script: once for each new state and, without a stream, repeatedly.
// ask(name, value): sends a trigger.
function dinoAsk(host, data, ask) {
  const pace = 1000 * data.pace;
  Object.assign(host, { data, ask, answered: true, checks: 0 });
  // Streamlit sometimes drops a request, so repeat it, but ever more seldom: on a slow server, each
  // request breaks off the script that would answer the one before.
  host.check ??= setInterval(() => {
    const waits = host.pending && host.pending !== host.data.drawn && !document.hidden;
    if (!waits || !host.isConnected) return;
    host.checks += 1;
    if ((host.checks & (host.checks - 1)) === 0) host.ask(host.event, host.pending);
  }, 2000);
  if (data.stream && data.key) {
    if (host.listensTo !== data.key) {
      host.unlisten?.();
      host.unlisten = dinoEvents().listen(data.key, {
        heard: (frame) => host.heard(frame), changed: () => schedule() });
      host.listensTo = data.key;
    }
  }
  function schedule() {
    clearTimeout(host.timer);
    const events = dinoEvents();
    const polls = !data.stream || (events.tried && !events.up);
    if (!polls || !host.isConnected) return;
    host.timer = setTimeout(() => {
      if (!document.hidden) host.ask("poll", (host.polls = 1 + (host.polls ?? 0)));
      host.timer = setTimeout(schedule, 4 * pace);  // the answer's redraw usually comes sooner
    }, pace);
  }
  schedule();
}

// Tell the script of a state that it has not drawn, once. Tell it the next one only after its
// answer.
function dinoTell(host, name, state) {
  Object.assign(host, { pending: state, event: name });
  if (state === host.data.drawn) return clearTimeout(host.telling);
  if (state === host.asked) return;
  // Not at once, because after a click the redraw with this state may be under way.
  clearTimeout(host.telling);
  host.telling = setTimeout(() => {
    if (!host.isConnected || state === host.data.drawn || state !== host.pending) return;
    if (!host.answered && performance.now() - host.askedAt < 2000) return;
    Object.assign(host, { asked: state, answered: false, askedAt: performance.now() });
    host.ask(name, state);
  }, 200);
}

// After a redraw: a state that came during it may be missing. Do not tell it at once, because a
// frame with the newer state may also be under way.
function dinoRemind(host, name) {
  clearTimeout(host.reminder);
  host.asked = null;
  host.reminder = setTimeout(() => {
    if (host.isConnected && host.pending) dinoTell(host, name, host.pending);
  }, 700);
}

function dinoLeave(host) {
  host.unlisten?.();
  clearTimeout(host.timer);
  clearTimeout(host.reminder);
  clearTimeout(host.telling);
  clearInterval(host.check);
  host.check = null;
  host.listensTo = host.unlisten = null;
}
