// Invisible: has the page redraw when there is something new. play: seconds until the page draws
// the next moment.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".dino-pulse");
  return keepLatest(host, () => {
    host.heard = (frame) => { if (frame.turn) dinoTell(host, "turn", frame.turn); };
    dinoAsk(host, data, setTriggerValue);
    dinoRemind(host, "turn");
    clearTimeout(host.playing);
    if (data.play) {
      host.playing = setTimeout(
        () => host.isConnected && setTriggerValue("tick", data.moment), 1000 * data.play);
    }
  }, () => { dinoLeave(host); clearTimeout(host.playing); });
}
