"""The language: many expressions, many files, and texts that mean no good. Imports are excluded where a row says so."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from reign.app.declared import read_files
from reign.app.nouns import Where
from reign.app.workspace import open_workspace
from tests.bench.against import Bench
from tests.bench.rows import Row
from tests.bench.sides import Reign, Took, bare_environ

HEAD = "version: 1\nproject: bench\n"
FILES, EACH = 20, 500

HOSTILE = {
    "aliases": HEAD
    + "locals:\n  a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
    "depth": HEAD + "locals: {a: " + "[" * 200_000 + "]" * 200_000 + "}\n",
    "brackets": HEAD + "locals: {a: '${" + "(" * 200_000 + "}'}\n",
    "doubled": HEAD
    + "locals:\n  a0: [x, x]\n"
    + "".join(f"  a{n}: ${{[local.a{n - 1}, local.a{n - 1}] | flatten}}\n" for n in range(1, 60)),
    "loops": HEAD + "locals:\n  n: '${[0,1,2,3,4,5,6,7,8,9]}'\n  a: '${[[[[[["
    "v + w + x + y + z + u for u in local.n] for v in local.n] for w in local.n] for x in local.n] "
    "for y in local.n] for z in local.n]}'\n",
    "indented": HEAD + "locals: {a: '${" + '\'x\' | indent(1000) | replace(" ", "  ") | ' * 40 + "upper}'}\n",
    "keys twice": HEAD + "locals:\n" + "  a: 1\n" * 100_000,
}
"""By name, a document that is refused, or read, at once."""


def expressions(bench: Bench) -> Iterator[Row]:
    """1,000 resources with ten expressions each, from the text to evaluated specs, in this process."""
    folder = bench.scratch / "expressions"
    folder.mkdir()
    write_expressions(folder)
    taken = []
    for _ in range(bench.rounds + 1):  # the first one imports
        space = open_workspace(Where(folder, environ=bare_environ(folder)))
        started = time.perf_counter()
        loaded = read_files(space)
        taken.append(time.perf_counter() - started)
        if loaded.project is None or len(loaded.project.resources) != 1_000:
            raise RuntimeError(loaded.findings[:3])
    yield Row("load and resolve 1,000 with ten expressions each, imports excluded", median(taken[1:]) * 1000, 300, "ms")


def write_expressions(folder: Path) -> None:
    """`reign.yaml` in `folder`."""
    lines = [f"{HEAD}variables: {{tag: {{default: '1.27'}}, on: {{default: true}}}}"]
    lines.append("locals: {name: 'shop-${var.tag}', ports: {eu: 8080, us: 8081}}\nresources:")
    for n in range(1_000):
        lines += [
            f"  r{n}:",
            "    type: value",
            "    spec:",
            "      value:",
            f"        - ${{var.tag}}-{n}",
            f'        - image: "nginx:${{var.tag}} of {n}"',
            f"        - '${{local.ports[\"eu\"] + {n}}}'",
            f"        - ${{local.name | upper}} {n}",
            f'        - \'${{"on {n}" if var.on else "off"}}\'',
            f"        - '${{[p * {n} for k, p in local.ports]}}'",
            f"        - '${{{n} in [1, 2, 3] and var.on}}'",
            f"        - '${{local.ports | keys | sort | join(\"{n}\")}}'",
            f"        - ${{project.name}}/{n}/${{var.tag}}",
            f"        - '${{resources.r{n - 1}.value[0]}}'" if n else "        - ${env.HOME}",
        ]
    (folder / "reign.yaml").write_text("\n".join(lines) + "\n")


def included(bench: Bench) -> Iterator[Row]:
    """Plan of 10,000 in 20 included files, with the memory it takes."""
    side = Reign(bench.scratch / "included")
    side.folder.mkdir()
    names = [f"part{n}.yaml" for n in range(FILES)]
    (side.folder / "reign.yaml").write_text(
        f"{HEAD}include: [{', '.join(names)}]\nvariables: {{tag: {{default: '1'}}}}\n"
    )
    for part, name in enumerate(names):
        lines = [f"  r{part}-{n}: {{type: value, spec: {{value: 'r{n} ${{var.tag}}'}}}}" for n in range(EACH)]
        (side.folder / name).write_text("resources:\n" + "\n".join(lines) + "\n")
    taken = [side.plan() for _ in range(bench.rounds)]
    if any(f"Plan: {FILES * EACH} to add" not in took.out for took in taken):
        raise RuntimeError(taken[0].out[-1000:])
    yield Row("first plan, 10,000 in 20 included files", median(took.seconds for took in taken), 5)
    yield Row("the same: peak memory", max(took.peak_mb for took in taken), 400, unit="MB")


def hostile(bench: Bench) -> Iterator[Row]:
    """The worst of the hostile documents over an empty one, as whole processes: time and memory."""
    plain = _validated(bench, "plain", f"{HEAD}resources: {{}}\n")
    worst = {name: _validated(bench, name, text) for name, text in HOSTILE.items()}
    slowest = max(worst, key=lambda name: worst[name].seconds)
    largest = max(worst, key=lambda name: worst[name].peak_mb)
    extra = (worst[slowest].seconds - plain.seconds) * 1000
    yield Row(f"worst of {len(HOSTILE)} hostile documents over start-up", extra, 100, unit="ms", note=slowest)
    yield Row("the same: peak memory", worst[largest].peak_mb, 100, unit="MB", note=largest)


def _validated(bench: Bench, name: str, text: str) -> Took:
    """The median of its rounds."""
    side = Reign(bench.scratch / f"hostile-{name.replace(' ', '-')}")
    side.folder.mkdir()
    (side.folder / "reign.yaml").write_text(text)
    taken = sorted((side.run_to_any_end("validate") for _ in range(bench.rounds)), key=lambda took: took.seconds)
    return taken[len(taken) // 2]
