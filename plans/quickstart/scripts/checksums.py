"""Print the sha256 of every file that stdin names, relative to the folder given, as `sha256sum -c` reads it."""

import hashlib
import sys
from pathlib import Path

folder = Path(sys.argv[1])
for name in sys.stdin.read().splitlines():
    digest = hashlib.sha256(Path(name).read_bytes()).hexdigest()
    print(f"{digest}  {Path(name).relative_to(folder).as_posix()}")
