// A button that prints the page; its print view is `print.js`.

export default function ({ parentElement, data: [data] }) {
  const button = parentElement.querySelector(".print");
  button.textContent = data.text;
  button.onclick = () => print();
}
