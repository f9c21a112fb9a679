// A text that was typed into a box of the recipe counts even if the visitor does not press Enter.
// Streamlit would restore the old value, and the next click would train with it.

export default function () {
  const BOX = ".st-key-settings_row [role=combobox]";
  let typed = null;  // the box that was typed into and not taken yet
  const take = () => {
    const box = typed;
    typed = null;
    if (box?.isConnected && box === document.activeElement) {
      box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", code: "Enter", bubbles: true }));
    }
  };
  const onInput = ({ target }) => { if (target.matches?.(BOX)) typed = target; };
  const onKey = ({ key }) => {
    if (key === "Tab") take();
    else if (key === "Enter" || key === "Escape") typed = null;
  };
  const onPress = ({ target }) => {
    if (target.closest?.("[role=listbox]")) typed = null;  // the visitor chose an option
    else if (typed && !typed.parentElement.contains(target)) take();
  };
  const heard = { input: onInput, keydown: onKey, pointerdown: onPress };
  for (const [name, listener] of Object.entries(heard)) {
    document.addEventListener(name, listener, true);
  }
  return () => {
    for (const [name, listener] of Object.entries(heard)) {
      document.removeEventListener(name, listener, true);
    }
  };
}
