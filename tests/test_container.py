"""What the container is made of. It is built by hand: docs/server.md says how."""

from __future__ import annotations

import re
from fnmatch import fnmatch

from sources import ROOT

DOCKERFILE = (ROOT / "cloud" / "Dockerfile").read_text()
STEPS = re.sub(r"\\\n\s*", "", re.sub(r"(?m)^#.*\n", "", DOCKERFILE)).splitlines()


def of(instruction: str) -> list[str]:
    """What the steps with this instruction say, in order."""
    return [step.partition(" ")[2] for step in STEPS if step.startswith(f"{instruction} ")]


def copied() -> set[str]:
    """The files and folders of the project that the image is made of."""
    return {source for step in of("COPY") for source in step.split()[:-1]}


def test_the_image_has_what_the_app_needs_and_the_ignored_files_are_all_others() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored and allowed == {
        ".streamlit/config.toml" if it == ".streamlit" else it for it in copied()
    }
    assert all((ROOT / it).exists() for it in allowed)
    assert {"app.py", "dino", "data", "static", "requirements.txt"} <= allowed
    assert any(fnmatch("dino/ui/__pycache__", it) for it in ignored)


def test_the_app_is_another_user_than_root_and_says_how_it_is() -> None:
    assert of("USER") and of("USER")[-1] not in ("root", "0")
    user = STEPS.index(f"USER {of('USER')[-1]}")
    assert not any(step.startswith(("RUN ", "COPY ")) for step in STEPS[user:])  # none is its own
    assert any("python -m dino compile" in step for step in of("RUN"))
    assert "/_stcore/health" in of("HEALTHCHECK")[0] and "curl" not in DOCKERFILE
    assert of("WORKDIR") and of("WORKDIR")[0].rstrip("/")


def test_no_address_of_a_package_index_is_in_the_image_s_recipe() -> None:
    assert set(re.findall(r"https?://[^/'\s]+", DOCKERFILE)) <= {"http://127.0.0.1:8501"}
    assert 'TORCH_FLAGS=""' in of("ARG")
