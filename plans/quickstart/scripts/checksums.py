"""Print the sha256 of every file under the folder given, as `sha256sum -c` reads it, sorted by name."""

import hashlib
import sys
from pathlib import Path

folder = Path(sys.argv[1])
for path in sorted(folder.rglob("*")):
    if path.is_file() and path.name != "SHA256SUMS":
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}")
