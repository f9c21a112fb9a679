// Small strips side by side: our own SVGs, in the colours of the page and of the matrices.

export default function ({ data: [data], parentElement }) {
  const host = parentElement.querySelector(".arrangements");
  const series = getComputedStyle(host).getPropertyValue("--st-chart-categorical-colors").split(",");
  ["--W_xh", "--W_hh", "--W_hy"].forEach((name, i) => host.style.setProperty(name, series[i]));
  const figures = data.strips.map(({ title, about, alt, picture }) => {
    const figure = document.createElement("figure");
    const frame = make("div", "", figure, "frame");
    frame.setAttribute("role", "img");
    frame.setAttribute("aria-label", alt);
    frame.append(new DOMParser().parseFromString(picture, "image/svg+xml").documentElement);
    const caption = make("figcaption", "", figure);
    make("b", title, caption);
    make("span", about, caption);
    return figure;
  });
  host.replaceChildren(...figures);
}
