// What a learner has done, in the browser's own storage. The server is sent what is kept there once,
// and again where another tab changes it; `text` is what it wants kept, null until it was sent.

const DINO_LEARN = "dino-learn";

function dinoKept(change) {
  try {
    return change(localStorage) ?? "";
  } catch {
    return "";  // a browser that blocks storage: the page works, and forgets at a reload
  }
}

export default function ({ parentElement, data: [data], setTriggerValue }) {
  const send = (text) => setTriggerValue("here", { text, erased: data.erased });
  if (data.erased > (window.dinoErased ?? 0)) {
    window.dinoErased = data.erased;
    dinoKept((store) => store.removeItem(DINO_LEARN));
  }
  if (data.text === null) send(dinoKept((store) => store.getItem(DINO_LEARN)));
  else if (dinoKept((store) => store.getItem(DINO_LEARN)) !== data.text) {
    dinoKept((store) => store.setItem(DINO_LEARN, data.text));
  }
  const heard = (event) => {
    if (event.key === DINO_LEARN && event.newValue) send(event.newValue);
  };
  addEventListener("storage", heard);
  return keepLatest(parentElement, () => {}, () => removeEventListener("storage", heard));
}
