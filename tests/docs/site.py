"""The site of the documents, built by zensical in a copy: `python -m tests.docs.site FOLDER` leaves it in FOLDER/site.

The pages are written for a forge. For the site a link that leads out of docs/ becomes plain text, and a `|` in a table's
code loses the backslash that a forge wants there.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT

_OUT = re.compile(r"\[([^\]]+)\]\(\.\./[^)]*\)")
_CODE = re.compile(r"`[^`]*`")


def build(folder: Path) -> str:
    """Build the site; returns what zensical says when it has anything to complain of, else nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "docs").mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "mkdocs.yml", folder)
    for page in sorted((ROOT / "docs").glob("*.md")):
        (folder / "docs" / page.name).write_text(for_site(page.read_text(encoding="utf-8")), encoding="utf-8")
    zensical = [str(Path(sys.executable).with_name("zensical")), "build", "--strict", "--config-file", "mkdocs.yml"]
    done = subprocess.run(zensical, cwd=folder, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"})
    return done.stdout + done.stderr if done.returncode else ""


def for_site(text: str) -> str:
    """A page as the site has it."""
    lines = (_unescaped(line) if line.startswith("|") else line for line in _OUT.sub(r"\1", text).split("\n"))
    return "\n".join(lines)


def _unescaped(row: str) -> str:
    return _CODE.sub(lambda found: found[0].replace("\\|", "|"), row)


if __name__ == "__main__":
    said = build(Path(sys.argv[1]))
    print(said or f"Built {sys.argv[1]}/site/index.html")
    sys.exit(bool(said))
