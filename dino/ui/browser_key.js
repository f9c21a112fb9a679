// The key by which this browser is known where it sends no cookie, for example in a frame of another
// site. No address has it. The browser's pages share it through its storage. Where that is denied,
// the history's entries carry it; those of a frame are gone once the page around it is reloaded.

const DINO_KEY = "dino-key";

// Whether the server takes it: `KEY_LENGTHS` in `address.py`.
const isKey = (it) => /^[\w-]{32,128}$/.test(it ?? "");

// proposed: by the server; it counts if none is kept. refused: one that was erased.
function dinoKey(proposed, refused) {
  const kept = [window.dinoBrowserKey, dinoStoredKey(), history.state?.dino];
  const key = kept.find((it) => isKey(it) && it !== refused) ?? proposed;
  window.dinoBrowserKey = key;
  if (["", refused].includes(dinoStoredKey())) dinoKept((store) => store.setItem(DINO_KEY, key));
  return key;
}

// What else the storage may hold under this name counts as nothing.
function dinoStoredKey() {
  const stored = dinoKept((store) => store.getItem(DINO_KEY));
  return isKey(stored) ? stored : "";
}

// What the history's entries carry.
const dinoCarried = () =>
  window.dinoBrowserKey && !dinoStoredKey() ? { dino: window.dinoBrowserKey } : {};

// Whether the key is gone with the page.
const dinoForgets = () => window !== window.parent && !dinoStoredKey();
