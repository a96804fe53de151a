"""docs/provider.md: the seam, the kinds of errors, and the whole sample package, file by file."""

import inspect
from collections.abc import Iterator
from pathlib import Path

from reign.model.errors import ErrorKind
from reign.ports import Lookup, Provider, Recall
from tests.conformance import subjects
from tests.docs.blocks import Blocks
from tests.docs.pages import ROOT
from tests.docs.sources import member_docs

PACKAGE = ROOT / "tests" / "packages" / "reign-sample"


def provider() -> Blocks:
    """A block for each thing that the page shows of the code."""
    files = ("pyproject.toml", "reign_sample/specs.py", "reign_sample/shelf.py", "reign_sample/__init__.py")
    return Blocks(
        "reign/ports.py, reign/model/errors.py and tests/packages/reign-sample",
        {
            "methods": "\n".join(_methods()),
            **{name: _file(PACKAGE / name) for name in files},
            "kinds": "\n".join(_kinds()),
            "subject": f"```python\n{inspect.getsource(subjects.note)}```",
        },
    )


def _methods() -> Iterator[str]:
    yield from ("| method | what it does |", "|---|---|")
    for protocol in (Provider, Lookup, Recall):
        for name, method in vars(protocol).items():
            if inspect.isfunction(method) and method.__doc__ and not name.startswith("_"):
                words = ", ".join(list(inspect.signature(method).parameters)[1:])
                yield f"| `{name}({words})` | {' '.join(inspect.cleandoc(method.__doc__).split())} |"


def _kinds() -> Iterator[str]:
    yield from ("| kind | meaning |", "|---|---|")
    for name, told in member_docs(ErrorKind).items():
        yield f"| `{ErrorKind[name].value}` | {told} |"


def _file(path: Path) -> str:
    language = {".py": "python", ".toml": "toml"}[path.suffix]
    name = path.relative_to(PACKAGE.parent).as_posix()
    return f'```{language} title="{name}"\n{path.read_text(encoding="utf-8")}```'
