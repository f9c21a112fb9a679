// Keeps what a learner has done in the browser's storage. It sends the server once what is kept
// there (`asks`), and again when another tab has changed it. text: what the server wants kept; null
// until it has been told, or if the stored text is too long for the server.

const DINO_LEARN = "dino-learn";
const DINO_LEARN_PATIENCE = 2000;  // milliseconds until it is repeated

export default function ({ parentElement: host, data: [data], setTriggerValue }) {
  const stop = () => {  // only for this element, because Streamlit may call it after a new one
    clearInterval(host.asking);
    removeEventListener("storage", host.heard);
  };
  const send = (text, first = false) =>
    setTriggerValue("here", { text, first, erased: data.erased });
  dinoForget(data.erased);
  if (data.begun) dinoBegin();
  stop();
  if (data.asks) {  // Streamlit drops a message if another one waits
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
