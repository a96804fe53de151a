"""An editor: speaks to a language server over its pipes, and remembers what that marks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.programs import missing, node_modules

SERVER = "yaml-language-server"
VERSION = "1.20.0"
SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
CAPABILITIES = {
    "textDocument": {
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"documentationFormat": ["markdown"]}},
    },
    "workspace": {"configuration": True},
}


def start() -> Editor:
    """An editor with a server of its own. Skips the test where there is none, or fails it where it is required."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        missing(SERVER, "node and npm are not installed")
    modules = node_modules(f"{SERVER}@{VERSION}", needed_for=SERVER) / "node_modules"
    command = [node, str(modules / SERVER / "bin" / SERVER), "--stdio"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return Editor(process)


class Editor:
    """One editor with one server. Places are (line, column) from 0."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.into, self.out = process, process.stdin, process.stdout
        self.asked = self.opened = 0
        self.marked: dict[str, list[dict[str, Any]]] = {}
        self.ask("initialize", processId=None, rootUri=None, capabilities=CAPABILITIES)
        self.tell("initialized")

    def open(self, path: Path, text: str) -> list[tuple[str, str]]:
        """Open a file and say what is marked in it: the words that are, and why."""
        self.opened += 1
        uri, lines = path.as_uri(), text.splitlines()
        self.marked.pop(uri, None)
        document = {"uri": uri, "languageId": "yaml", "version": self.opened, "text": text}
        self.tell("textDocument/didOpen", textDocument=document)
        while uri not in self.marked:
            self.hear()
        return sorted((_words(lines, mark["range"]), mark["message"]) for mark in self.marked[uri])

    def complete(self, path: Path, line: int, column: int) -> dict[str, str]:
        """What may be written at a place, and what it is for."""
        answer = self.ask("textDocument/completion", **_at(path, line, column))
        items = answer["items"] if isinstance(answer, dict) else answer
        return {item["label"]: _text(item.get("documentation")) for item in items}

    def hover(self, path: Path, line: int, column: int) -> str:
        """What is told of what stands at a place."""
        answer = self.ask("textDocument/hover", **_at(path, line, column))
        return _text(answer["contents"]) if answer else ""

    def ask(self, method: str, **params: Any) -> Any:
        """Send a question and wait for its answer."""
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        while True:
            heard = self.hear()
            if heard.get("id") == self.asked and "method" not in heard:
                assert "error" not in heard, heard
                return heard["result"]

    def tell(self, method: str, **params: Any) -> None:
        """Send what needs no answer."""
        self.send({"method": method, "params": params})

    def send(self, message: dict[str, Any]) -> None:
        """Send a message in its envelope."""
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.into.write(b"Content-Length: %d\r\n\r\n%b" % (len(data), data))
        self.into.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for the next message; a question of the server is answered."""
        size = 0
        while line := self.out.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        assert size, "the server has gone"
        message: dict[str, Any] = json.loads(self.out.read(size))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.marked[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif "method" in message and "id" in message:
            items = message["params"].get("items", ()) if message["method"] == "workspace/configuration" else None
            result = None if items is None else [SETTINGS if item.get("section") == "yaml" else None for item in items]
            self.send({"id": message["id"], "result": result})
        return message

    def close(self) -> None:
        """End the server."""
        self.into.close()
        self.out.close()
        self.process.kill()
        self.process.wait()


def _at(path: Path, line: int, column: int) -> dict[str, Any]:
    return {"textDocument": {"uri": path.as_uri()}, "position": {"line": line, "character": column}}


def _words(lines: list[str], span: dict[str, Any]) -> str:
    start, end = span["start"], span["end"]
    if start["line"] != end["line"]:
        return lines[start["line"]][start["character"] :]
    return lines[start["line"]][start["character"] : end["character"]] if start["line"] < len(lines) else ""


def _text(documentation: Any) -> str:
    return str(documentation["value"] if isinstance(documentation, dict) else documentation or "")
