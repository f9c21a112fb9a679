// Draws a picture that comes as an SVG of our own words; it has the colours of the text around it.

export default function ({ data: [data], parentElement }) {
  const picture = new DOMParser().parseFromString(data.picture, "image/svg+xml").documentElement;
  parentElement.querySelector(".dino-network").replaceChildren(picture);
}
