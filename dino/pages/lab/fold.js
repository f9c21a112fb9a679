// On a phone, the settings of the row as one line; a press opens or closes the row. The page's
// styles read from the button whether it is open, so for Streamlit the row is always there.

export default function ({ data: [data], parentElement }) {
  const host = parentElement.querySelector(".dino-fold"), button = host.querySelector("button");
  return keepLatest(host, () => {
    fillWords(host, data.words);
    host.querySelector(".said").textContent = data.said;
    button.onclick = () => {
      button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") !== "true"));
    };
  });
}
