"""Make a virtual environment and put Reign into it, with every package checked against its hash.

    python3 .ci/requirements/venv.py FOLDER REQUIREMENTS [--editable]

Needs Python 3.11 and a package index, and nothing else: where this Python cannot give an environment its pip
(Debian's python3 without python3-venv), pip's own wheel is fetched from the index, checked, and installs itself.
"""

import base64
import configparser
import hashlib
import html.parser
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

OLDEST = (3, 11)
DEFAULT_INDEX = "https://pypi.org/simple"
PROJECT = Path(__file__).resolve().parents[2]


def main(argv):
    """Returns the exit code: 0 when FOLDER holds a working Reign."""
    words = [word for word in argv if word != "--editable"]
    if len(words) != 2:
        return complain(__doc__)
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        return complain(
            f"Reign needs Python 3.11 or newer; {sys.executable} is {found}. Name another: make PYTHON=python3.12"
        )
    folder, requirements = Path(words[0]), Path(words[1])
    try:
        python = environment(folder, requirements)
        print(f"Installing {requirements} into {folder} ...", flush=True)
        pip(python, "install", "--require-hashes", "--no-deps", "-r", str(requirements))
        target = ["--editable", str(PROJECT)] if "--editable" in argv else [str(PROJECT)]
        pip(python, "install", "--no-deps", "--no-build-isolation", "--force-reinstall", *target)
    except (OSError, Unable) as error:
        return complain(f"{folder} could not be made: {error}")
    except subprocess.CalledProcessError as error:
        return complain(f"{folder} could not be made: {' '.join(map(str, error.cmd))} ended with {error.returncode}")
    return 0


class Unable(Exception):
    """The environment cannot be made; the text says why and what to do."""


def environment(folder, requirements):
    """The path of the Python of a virtual environment in `folder` that has pip, made unless it is there."""
    python = folder / "bin" / "python"
    if has_pip(python):
        return python
    shutil.rmtree(folder, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True, text=True)
    if made.returncode == 0 and has_pip(python):
        return python
    print("This Python comes without ensurepip; fetching pip's wheel from the package index.", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheel = fetch_pip(requirements.read_text(encoding="utf-8"), Path(scratch))
        subprocess.run([python, f"{wheel}/pip", "install", "--quiet", "--no-index", "--no-deps", wheel], check=True)
    return python


def has_pip(python):
    """True when `python` runs and can run pip."""
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def pip(python, command, *arguments):
    """Run the environment's pip, quietly and without questions."""
    quiet = {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
        "PIP_USER": "0",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    subprocess.run([python, "-m", "pip", command, "--quiet", *arguments], env={**os.environ, **quiet}, check=True)


def fetch_pip(requirements, scratch):
    """Download the wheel of the pip that `requirements` pins, and check its hash. Raises Unable."""
    pinned = re.search(r"^pip==(\S+)((?:\s*\\\n\s*--hash=sha256:[0-9a-f]{64})+)", requirements, re.MULTILINE)
    if not pinned:
        raise Unable("the requirements pin no pip")
    name, hashes = f"pip-{pinned[1]}-py3-none-any.whl", re.findall(r"sha256:([0-9a-f]{64})", pinned[2])
    index = package_index()
    page, address = get(f"{index}/pip/")
    links = Links()
    links.feed(page.decode("utf-8", "replace"))
    here = [link for link in links.found if urllib.parse.unquote(urllib.parse.urlsplit(link).path).endswith("/" + name)]
    if not here:
        raise Unable(f"{shown(index)} has no {name}")
    content, _ = get(urllib.parse.urljoin(address, here[0]), index)
    if hashlib.sha256(content).hexdigest() not in hashes:
        raise Unable(f"the {name} of {shown(index)} is not the one that is pinned: its sha256 differs")
    wheel = scratch / name
    wheel.write_bytes(content)
    return wheel


class Links(html.parser.HTMLParser):
    """Collects the links of a page into `found`."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        """One opening tag of the page."""
        self.found += [value for name, value in attrs if tag == "a" and name == "href" and value]


def package_index():
    """The index that pip would use: its variable, then its configuration files, then PyPI."""
    return (pip_setting("index-url") or DEFAULT_INDEX).rstrip("/")


def pip_setting(name):
    """One of pip's settings, looked up where pip looks: environment, then user's, then the machine's files."""
    named = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if named:
        return named
    home = Path.home()
    user = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [home / "Library/Application Support/pip/pip.conf", user / "pip/pip.conf", home / ".pip/pip.conf"]
    files += [Path(folder) / "pip/pip.conf" for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    files.append(Path("/etc/pip.conf"))
    if os.environ.get("PIP_CONFIG_FILE"):
        files.insert(0, Path(os.environ["PIP_CONFIG_FILE"]))
    for file in files:
        settings = configparser.RawConfigParser()
        settings.read(file, encoding="utf-8")
        for section in ("install", "global"):
            if settings.has_option(section, name):
                return settings.get(section, name).strip()
    return ""


def get(address, index=None):
    """(content, final address) of a page. The credentials of the index go to the index's own host and nowhere else."""
    parts = urllib.parse.urlsplit(address)
    owner = urllib.parse.urlsplit(index or address)
    request = urllib.request.Request(parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl())
    if owner.username and owner.hostname == parts.hostname:
        login = f"{urllib.parse.unquote(owner.username)}:{urllib.parse.unquote(owner.password or '')}"
        request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    trust = ssl.create_default_context(cafile=pip_setting("cert") or None)
    with urllib.request.urlopen(request, timeout=60, context=trust) as answer:
        return answer.read(), answer.geturl()


def shown(address):
    """An address without its credentials."""
    parts = urllib.parse.urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def complain(text):
    """Say what went wrong, and that it did."""
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
