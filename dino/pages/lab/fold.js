// The settings of the row in one line, on a phone: a press opens the row, or closes it. The styles of
// the page see by the button whether it is open, so the row is always there for Streamlit.

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
