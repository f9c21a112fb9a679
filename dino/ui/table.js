// A table of plain text. Every cell is set as text, never as HTML, because it may hold a user's
// text.

export default function ({ data: [data], parentElement, setTriggerValue }) {
  const frame = parentElement.querySelector(".frame");
  return keepLatest(frame, () => {
    frame.style.maxHeight = data.max_height ? data.max_height + "px" : "";
    const more = () => {
      const { scrollLeft, clientWidth, scrollWidth } = frame;
      frame.classList.toggle("more", scrollLeft + clientWidth < scrollWidth - 4);  // more to the right
      const scrolls = data.max_height || scrollWidth > clientWidth + 1;
      frame.tabIndex = scrolls ? 0 : -1;  // also by keyboard
    };
    const table = document.createElement("table");
    table.classList.toggle("fluid", data.fluid);  // names share the width, and an ellipsis cuts them
    make("caption", data.caption, table);
    const head = make("tr", "", make("thead", "", table));
    data.columns.forEach((title, i) => {
      const cell = make("th", title, head);
      cell.scope = "col";
      cell.classList.toggle("number", data.numeric.includes(i));
      cell.classList.toggle("less", data.less.includes(i));
    });
    const body = make("tbody", "", table);
    data.rows.forEach((cells, index) => {
      const row = make("tr", "", body);
      cells.forEach((text, i) => {
        const cell = make("td", text, row);
        cell.classList.toggle("number", data.numeric.includes(i));
        cell.classList.toggle("less", data.less.includes(i));
        cell.classList.toggle("name", data.names.includes(i));
        cell.classList.toggle("long", text.length > 24 && !data.names.includes(i));
        if (data.names.includes(i)) cell.title = text;
      });
      if (!data.clickable) return;
      row.className = "clickable";
      row.tabIndex = 0;
      row.setAttribute("aria-selected", index === data.selected);
      row.onclick = () => setTriggerValue("row", index);
      row.onkeydown = (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); row.click(); }
        const near = { ArrowDown: row.nextSibling, ArrowUp: row.previousSibling }[event.key];
        if (near) { event.preventDefault(); near.focus(); }
      };
    });
    const rows = [...frame.querySelectorAll("tbody tr")];
    const focused = rows.indexOf(parentElement.activeElement ?? document.activeElement);
    const top = frame.scrollTop;
    frame.replaceChildren(table);
    frame.scrollTop = top;
    frame.onscroll = more;
    frame.watched ??= new ResizeObserver(() => frame.onscroll());
    frame.watched.observe(frame);
    more();
    body.children[focused]?.focus({ preventScroll: true });
  });
}
