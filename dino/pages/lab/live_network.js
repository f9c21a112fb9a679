// The network, writing its newest name.

export default function ({ data: [data], parentElement }) {
  const host = parentElement.querySelector(".dino-live-network");
  return keepLatest(host, () => { host.dataset.run = data.run; });
}
