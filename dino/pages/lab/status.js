// Where the run is, in one sentence, beside the buttons.

export default function ({ data: [data], parentElement }) {
  const host = parentElement.querySelector(".dino-status");
  const show = (frame) => {
    if (!frame?.status || !isNewer(host, data.key, frame)) return;
    host.className = `dino-status ${frame.phase}`;
    host.querySelector(".watching").hidden = !frame.watching;
    host.querySelector(".words").replaceChildren(...frame.status.map(([text, strong]) => {
      const part = document.createElement(strong ? "strong" : "span");
      part.textContent = text;
      return part;
    }));
  };
  return keepLatest(host, () => {
    if (data.frame) show(data.frame);
    if (data.stream && host.listensTo !== data.key) {
      host.unlisten?.();
      host.unlisten = dinoEvents().listen(data.key, { heard: show, changed: () => {} });
      host.listensTo = data.key;
    }
  }, () => dinoLeave(host));
}
