"""Commands that stop the machine, kill what runs, touch the kernel, or take away what protects it."""

from __future__ import annotations

import re

from reign.providers.shell.safety.command import Command
from reign.providers.shell.safety.danger import BACKDOOR, DEFENCES, ERASES, SYSTEM
from reign.providers.shell.safety.options import options
from reign.providers.shell.safety.text import UNKNOWN, literal

_GUARDS = (
    r"(?:firewalld|ufw|iptables|ip6tables|nftables|apparmor|auditd|fail2ban|selinux|falco|osquery\w*|crowdsec|clamav[\w-]*"
    r"|rsyslog|syslog-ng|syslog|systemd-journald|ossec|wazuh[\w-]*|falcon-sensor|mdatp|aide|samhain)(?:\.service)?"
)
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
    if verbs & set(words) and any(re.fullmatch(_GUARDS, word) for word in words):
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
    return UNKNOWN


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
        "-1" in targets
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
    elif any(re.fullmatch(_GUARDS, literal(name)) for name in found.rest):
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


def filter_packets(command: Command) -> str:
    """`iptables`, `nft`, `ufw`, `pfctl`: no firewall any more."""
    words = [literal(word) for word in command.args]
    said = " ".join(words)
    name = command.name
    gone = False
    if name.startswith(("iptables", "ip6tables", "ebtables", "arptables")):
        gone = any(re.fullmatch(r"-F|--flush|-X|--delete-chain", word) for word in words) and _is_whole(words)
        gone = gone or bool(re.search(r"(?:-P|--policy) (?:INPUT|FORWARD) ACCEPT", said))
    elif name == "nft":
        gone = bool(re.search(r"\bflush ruleset\b|\b(?:flush|delete) table\b", said))
    elif name == "ufw":
        gone = bool(re.search(r"(?:^|\s)(?:disable|reset)\b", said)) or bool(re.search(r"default allow incoming", said))
    elif name == "pfctl":
        gone = bool(re.search(r"-\w*d\b|-F\s*(?:all|rules)", said))
    elif name == "firewall-cmd":
        gone = "--panic-on" in words or bool(re.search(r"--set-default-zone=trusted", said))
    elif name == "netsh":
        gone = bool(re.search(r"(?i)state off|firewall set opmode disable", said))
    if gone:
        command.tell(DEFENCES, "takes the firewall away")
    return UNKNOWN


def _is_whole(words: list[str]) -> bool:
    """Whether the built-in chains go, and not one of somebody's own."""
    at = next((at for at, word in enumerate(words) if word in ("-F", "--flush", "-X", "--delete-chain")), 0)
    chain = words[at + 1 : at + 2]
    return not chain or chain[0].startswith("-") or chain[0] in ("INPUT", "OUTPUT", "FORWARD")


_SWITCHES = {
    "setenforce": r"0|(?i:permissive)",
    "auditctl": r".*(?:-e\s*0|-D).*",
    "spctl": r".*--(?:master|global)-disable.*",
    "csrutil": r"disable.*",
    "aa-teardown": r".*",
    "aa-disable": r".*",
    "apparmor_parser": r".*-R.*",
    "update-rc.d": rf"(?:-f )?{_GUARDS} (?:disable|remove).*",
    "launchctl": r".*(?:unload|bootout|disable).*(?:alf|sandbox|mdmclient|xprotect).*",
    "tccutil": r"reset All",
    "wevtutil": r"cl .*",
    "journalctl": r".*--vacuum-(?:time=[01]s?|size=[01][KM]?|files=[01])$",
    "logrotate": r"(?!)",
    "mokutil": r".*--disable-validation.*",
    "faillock": r"(?!)",
}
SWITCHES = tuple(_SWITCHES)


def switch(command: Command) -> str:
    """Those that switch a protection off."""
    if re.fullmatch(_SWITCHES[command.name], literal(" ".join(command.args))):
        command.tell(DEFENCES, "switches off what protects or watches the machine")
    return UNKNOWN


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


def packages(command: Command) -> str:
    """Package managers: of what no system works without."""
    words = [literal(word) for word in command.args]
    removes = any(_REMOVES.fullmatch(word) for word in words[:6])
    if not removes:
        return UNKNOWN
    names = [word.partition(":")[0] for word in words if not word.startswith("-")]
    simulated = {"-s", "--simulate", "--dry-run", "-n", "--test"} & set(words)
    is_all = any(re.fullmatch(r"[*?.]+|\^?\.\*\$?", name) for name in names)
    if not simulated and any(re.fullmatch(_GUARDS, name) for name in names):
        command.tell(DEFENCES, "removes what protects or watches the machine")
    if not simulated and (is_all or any(_ESSENTIAL.fullmatch(name) for name in names)):
        kept = names[:1] + [name for name in names if _ESSENTIAL.fullmatch(name)]
        named = [name for name in kept if name not in ("remove", "purge", "autoremove", "erase", "delete", "del")]
        is_core = not re.search(r"linux-image|kernel", " ".join(names)) or "--force" in " ".join(words) or is_all
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
