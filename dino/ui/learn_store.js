// What a learner has done, in the browser's own storage. The server is sent what is kept there once,
// and again where another tab changes it, as `asks` tells; `text` is what it wants kept, null until
// it was sent, or where what is kept is longer than the server reads.

const DINO_LEARN = "dino-learn";
const DINO_LEARN_PATIENCE = 2000;  // milliseconds until it is told once more

export default function ({ parentElement: host, data: [data], setTriggerValue }) {
  const stop = () => {  // of this element alone: Streamlit may call one that has left the page late
    clearInterval(host.asking);
    removeEventListener("storage", host.heard);
  };
  const send = (text, first = false) =>
    setTriggerValue("here", { text, first, erased: data.erased });
  dinoForget(data.erased);
  if (data.begun) dinoBegin();
  stop();
  if (data.asks) {  // Streamlit drops a message where another one waits
    const tell = () => send(dinoKept((store) => store.getItem(DINO_LEARN)), true);
    host.asking = setInterval(tell, DINO_LEARN_PATIENCE);
    tell();
  } else if (data.text !== null && dinoKept((store) => store.getItem(DINO_LEARN)) !== data.text) {
    dinoKept((store) => store.setItem(DINO_LEARN, data.text));
  }
  host.heard = (event) => {
    if (event.key === DINO_LEARN && event.newValue) send(event.newValue);
  };
  addEventListener("storage", host.heard);
  return keepLatest(host, () => {}, stop);
}
