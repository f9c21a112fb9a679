"""The catalogues in `dino/locale`, from the source; Babel makes them, the app needs no Babel.

python tests/catalogues.py             the template and each .po: what is new awaits its words
python tests/catalogues.py compile     each .mo that the app reads, from its .po
python tests/catalogues.py missing     the texts that have no translation yet
"""

from __future__ import annotations

import io
import sys
from datetime import datetime, timezone
from pathlib import Path

from babel.messages import Catalog, mofile, pofile
from sources import FILES, ROOT, short
from wording import TEMPLATES, texts_of

CATALOGUES, DOMAIN = ROOT / "dino" / "locale", "dino"
TEMPLATE = CATALOGUES / f"{DOMAIN}.pot"
UNDATED = datetime(2000, 1, 1, tzinfo=timezone.utc)  # the same catalogue gives the same file
HEADER = "# The texts that visitors of Dino read. MIT licence, as the project's."


def extracted() -> Catalog:
    """All texts of the source, with the files that they come from."""
    found = Catalog(project="Dino", charset="utf-8", fuzzy=False, header_comment=HEADER)
    for path in [*FILES, *TEMPLATES]:
        for text in texts_of(path):
            found.add(text, locations=[(short(path), None)])
    return found


def po_files() -> list[Path]:
    """The catalogue of each language but English."""
    return sorted(CATALOGUES.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))


def read_po(path: Path) -> Catalog:
    """A catalogue from its file."""
    with path.open("rb") as file:
        return pofile.read_po(file, locale=path.parent.parent.name)


def written(catalog: Catalog) -> bytes:
    """A catalogue as the text of a .po file; the same catalogue gives the same text."""
    file = io.BytesIO()
    pofile.write_po(file, catalog, width=100, omit_header=False, sort_output=True)
    lines = file.getvalue().decode().splitlines(keepends=True)
    unused = (
        '"POT-Creation-Date',
        '"PO-Revision-Date',
        '"Last-Translator',
        '"Language-Team',
        '"Report',
        '"Project',
    )
    return "".join(line for line in lines if not line.startswith(unused)).encode()


def compiled(catalog: Catalog) -> bytes:
    """A catalogue as the app reads it; texts without a translation are left out."""
    file = io.BytesIO()
    catalog.creation_date = catalog.revision_date = UNDATED
    mofile.write_mo(file, catalog)
    return file.getvalue()


def update() -> None:
    """Write the template, and bring each .po up to it; no guess is taken for a translation."""
    template = extracted()
    TEMPLATE.write_bytes(written(template))
    for path in po_files():
        catalog = read_po(path)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        path.write_bytes(written(catalog))


def untranslated(catalog: Catalog) -> list[str]:
    """The texts that a catalogue has no words for, or not all forms of."""
    return [
        str(message.id)
        for message in catalog
        if message.id
        and not all(message.string if isinstance(message.string, tuple) else [message.string])
    ]


def main() -> None:
    """What the command line asks for."""
    asked = sys.argv[1:2]
    for path in po_files() if asked else ():
        if asked == ["compile"]:
            path.with_suffix(".mo").write_bytes(compiled(read_po(path)))
        else:
            print(*untranslated(read_po(path)), sep="\n")
    if not asked:
        update()


if __name__ == "__main__":
    main()
