"""Commands that stop the machine, kill what runs, touch the kernel, or take away what protects it."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, ERASES, EXHAUSTS, REMOTE, SYSTEM
from reign.providers.shell.safety.defences import GUARDS, cut_off
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.text import EVERY, UNKNOWN, literal

_ESSENTIAL = re.compile(
    r"(?:libc6|libc-bin|glibc|glibc-common|systemd|systemd-sysv|init|coreutils|bash|dpkg|apt|rpm|yum|dnf|pacman|apk-tools|musl"
    r"|base-files|linux-image[\w.*-]*|kernel[\w.*-]*|sudo|openssh-server|util-linux|login|passwd|libpam[\w-]*|grub[\w-]*|filesystem)"
)


def stop(command: Command) -> str:
    """`shutdown`, `reboot`, `halt`, `poweroff`, `init 0`."""
    words = [literal(word) for word in command.args]
    if command.name in ("init", "telinit"):
        stops = words[:1] in (["0"], ["1"], ["6"], ["s"], ["S"])
    elif command.name == "shutdown":
        stops = "-c" not in words and "--help" not in words and "-k" not in words
    else:
        stops = not {"--help", "-w", "--wtmp-only", "--version"} & set(words)
    if stops:
        command.tell(SYSTEM, "stops the machine or starts it anew")
    return ""


_STOPS = re.compile(
    r"(?:poweroff|reboot|halt|kexec|rescue|emergency|default|suspend|hibernate|hybrid-sleep|soft-reboot)(?: .*)?"
    r"|(?:isolate|start|set-default) (?:rescue|emergency|poweroff|reboot|halt|shutdown|kexec|runlevel[016])(?:\.target)?"
)


def control(command: Command) -> str:
    """`systemctl`, `loginctl`, `service`, `chkconfig`: stops the machine, or what protects it."""
    words = [literal(word) for word in options(command.args, "HMptnos").rest]
    verbs = {"stop", "disable", "mask", "kill", "off", "del", "remove"}
    if command.name in ("systemctl", "loginctl") and _STOPS.fullmatch(" ".join(words)):
        command.tell(SYSTEM, "stops the machine or starts it anew")
    if verbs & set(words) and any(re.fullmatch(GUARDS, word) for word in words):
        command.tell(DEFENCES, "stops what protects or watches the machine")
    return UNKNOWN


_ORDERS = {
    "rtcwake": r".*(?:-m|--mode)[ =]?(?:off|disk|mem|standby|freeze).*",
    "ipmitool": r".*(?:power (?:off|cycle|reset|soft)|mc reset).*",
    "nmcli": r".*\bn(?:etworking)? off.*",
    "ip": r".*\broute flush (?:table (?:main|all)|cache|all|root).*|.*\baddr(?:ess)? flush (?!.*dev).*",
    "gnome-session-quit": r".*--(?:power-off|reboot).*",
}
_BUS = (
    r".*(?:login1|systemd1|ConsoleKit|UPower|PowerManagement|SessionManager|ksmserver)\b.*"
    r"\b(?:PowerOff|Reboot|Halt|KExec|Suspend|Hibernate|HybridSleep|SuspendThenHibernate|Shutdown|Manager\.Stop|logout|(?:poweroff|reboot|halt)\.target).*"
)
ORDERS = (*_ORDERS, "dbus-send", "gdbus", "busctl", "qdbus", "qdbus6")


def order(command: Command) -> str:
    """Those that stop the machine, or cut it off, with one of a few words."""
    if re.fullmatch(_ORDERS.get(command.name, _BUS), literal(" ".join(command.args))):
        command.tell(SYSTEM, "stops the machine, or cuts it off")
    return cut_off(command) if command.name in ("ip", "nmcli") else UNKNOWN


def stress(command: Command) -> str:
    """`stress`, `stress-ng`: without an end that is said."""
    found = options(command.args, "tcmidC", ("timeout", "cpu", "vm", "io", "hdd", "vm-bytes"))
    if command.args and not found.of("t", "timeout") and not found.has("help", "version", "dry-run", "n"):
        command.tell(EXHAUSTS, "keeps the machine busy without an end")
    return ""


def kill(command: Command) -> str:
    """`kill`: of everything, or of the first process."""
    words = [literal(word) for word in command.args]
    if words[:1] == ["-s"] or words[:1] == ["-n"]:
        words = ["-9", *words[2:]]
    elif "--signal" in words[:1]:
        words = ["-9", *words[2:]]
    targets = words[1:] if words and re.fullmatch(r"-(?:[A-Za-z0-9+]+)", words[0]) and len(words) > 1 else words
    if targets[:1] == ["--"]:
        targets = targets[1:]
    if (
        any(EVERY in word or word.startswith(("[0-9]", "*")) for word in targets)
        or "-1" in targets
        or "1" in targets
        or (words[:1] and re.fullmatch(r"-(?:9|KILL|SIGKILL|15|TERM)", words[0]) and "0" in targets)
    ):
        command.tell(SYSTEM, "ends every process, or the first one")
    return ""


def kill_by_name(command: Command) -> str:
    """`pkill`, `killall`, `killall5`, `skill`: of all that has any name."""
    found = options(command.args, "usgGPtUFons", ("signal", "user", "euid", "uid"))
    if command.name in ("killall5", "skill") and command.name == "killall5":
        command.tell(SYSTEM, "ends every process")
    elif any(literal(value) in ("root", "0") for value in found.of("u", "U", "user", "euid", "uid")) and not _names(
        found.rest
    ):
        command.tell(SYSTEM, "ends every process of root")
    elif any(re.fullmatch(GUARDS, literal(name)) for name in found.rest):
        command.tell(DEFENCES, "stops what protects or watches the machine")
    elif any(re.fullmatch(r"\.[*+]?|\^?\.?[*]?\$?|\[.*\]\+?|init|systemd", literal(name)) for name in found.rest):
        command.tell(SYSTEM, "ends every process, or the first one")
    return ""


def _names(words: tuple[str, ...]) -> bool:
    return any(not word.startswith("-") and not word.isdigit() for word in words)


def kernel(command: Command) -> str:
    """`insmod`, `rmmod`, `kexec`: into the kernel, or another one."""
    words = " ".join(command.args)
    name = command.name
    if name == "kexec" and not re.search(r"(?:^|\s)(?:-e|--exec|-f|--force)", words):
        return ""
    if name == "modprobe" and not re.search(r"(?:^|\s)(?:-f|--force)", words):
        return ""
    if name == "sysctl" and not re.search(
        r"kernel\.(?:randomize_va_space|sysrq|panic)\s*=\s*(?:0|1|-1)?|kernel\.core_pattern\s*=\s*\|", words
    ):
        return UNKNOWN
    if name == "sysctl" and not re.search(r"randomize_va_space=0|core_pattern\s*=\s*\|", words):
        return UNKNOWN
    if command.args:
        command.tell(
            SYSTEM,
            "puts code into the kernel, or takes it out"
            if name != "sysctl"
            else "takes away a protection of the kernel",
        )
    return ""


def allow(command: Command) -> str:
    """`visudo`: with an editor that adds what is read."""
    if re.search(r"NOPASSWD:\s*ALL\b", command.stdin):
        command.tell(BACKDOOR, "changes who may log in or become root")
    return UNKNOWN


def users(command: Command) -> str:
    """`useradd`, `usermod`, `userdel`, `passwd`: a second root, or none."""
    found = options(
        command.args,
        "ugGdsceLfkpKbZ" if command.name != "passwd" else "nxwir",
        ("uid", "gid", "groups", "shell", "home", "password"),
    )
    if "0" in found.of("u", "uid") and command.name in ("useradd", "usermod", "adduser"):
        command.tell(BACKDOOR, "makes a second root")
    elif command.name in ("userdel", "deluser") and found.rest[-1:] == ("root",):
        command.tell(ERASES, "removes root")
    elif command.name == "passwd" and found.has("d", "delete") and (found.rest[-1:] == ("root",) or not found.rest):
        command.tell(BACKDOOR, "lets anybody log in as root, without a password")
    elif (
        command.name == "usermod" and found.rest[-1:] == ("root",) and set(found.of("p", "password")) - {"!", "*", "!!"}
    ):
        command.tell(BACKDOOR, "lets anybody log in as root")
    return ""


_REMOVES = re.compile(
    r"remove|purge|autoremove|erase|delete|del|uninstall|-R\w*|-e|--erase|-r|-P|--purge|--remove|-\w*e\w*"
)


_UNSIGNED = re.compile(r"--allow-unauthenticated\b|(?:AllowUnauthenticated|AllowInsecureRepositories)=(?:true|yes|1)\b")


def packages(command: Command) -> str:
    """Package managers: of what no system works without."""
    words = [literal(word) for word in command.args]
    if _UNSIGNED.search(" ".join(words)):
        command.tell(REMOTE, "installs what comes over the network, whoever made it")
    removes = any(_REMOVES.fullmatch(word) for word in words[:6])
    if not removes:
        return UNKNOWN
    names = [word.partition(":")[0] for word in words if not word.startswith("-")]
    simulated = {"-s", "--simulate", "--dry-run", "-n", "--test"} & set(words)
    is_all = any(re.fullmatch(r"[*?.]+|\^?\.\*\$?", name) for name in names)
    if not simulated and any(re.fullmatch(GUARDS, name) for name in names):
        command.tell(DEFENCES, "removes what protects or watches the machine")
    if not simulated and (is_all or any(_ESSENTIAL.fullmatch(name) for name in names)):
        kept = names[:1] + [name for name in names if _ESSENTIAL.fullmatch(name)]
        named = [name for name in kept if name not in ("remove", "purge", "autoremove", "erase", "delete", "del")]
        others = [
            name for name in named if _ESSENTIAL.fullmatch(name) and not name.startswith(("linux-image", "kernel"))
        ]
        is_core = others or "--force" in " ".join(words) or is_all
        if (is_all or named) and is_core:
            command.tell(ERASES, "removes packages without which the system does not work")
    return UNKNOWN


def mount(command: Command) -> str:
    """`umount`, `mount`: of what the system stands on."""
    words = [literal(word) for word in command.args]
    if command.name == "umount":
        if "/" in words or ("-a" in words and not {"-t", "-O"} & set(words)):
            command.tell(SYSTEM, "takes away the file systems that the machine stands on")
        return ""
    if len(words) > 2 and "--bind" in words and words[-1] in ("/etc", "/bin", "/usr", "/", "/lib", "/root", "/home"):
        command.tell(SYSTEM, "puts another folder in the place of one that the system needs")
    if re.search(r"(?:^|,)remount,ro|-o\s*remount,ro|-o ro,remount", " ".join(words)) and "/" in words:
        command.tell(SYSTEM, "makes the whole system read-only")
    return UNKNOWN
