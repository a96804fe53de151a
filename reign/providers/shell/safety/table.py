"""Which command is looked at by what."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache

from reign.providers.shell.safety import (
    builtin,
    databases,
    defences,
    disks,
    encodings,
    everything,
    files,
    filters,
    finding,
    inputs,
    interpreters,
    later,
    machine,
    make,
    network,
    packages,
    rights,
    shells,
    trees,
    wrappers,
)
from reign.providers.shell.safety.command import Command

Handler = Callable[[Command], str]

_SHELLS = re.compile(
    r"r?(?:ba|da|z|k|mk|pdk|a|fi|ya|c|tc|po|la)?sh(?:-?\d[\d.]*)?|ion|elvish|xonsh|nu|bash\.exe|sh\.exe"
)
_POWER = re.compile(r"(?:pwsh|powershell)(?:-preview)?(?:\.exe)?")
_MAKES = re.compile(r"mkfs(?:\..+)?|mke2fs|mkswap|newfs(?:_.+)?|mkntfs|mkdosfs|mkreiserfs|make_f2fs|mkexfatfs|newfs")


def is_shell(name: str) -> bool:
    """Whether a program is a shell."""
    return bool(_SHELLS.fullmatch(name))


def is_interpreter(name: str) -> bool:
    """Whether a program runs scripts of another language."""
    return bool(interpreters.NAMES.fullmatch(name))


_BY_NAME: dict[Handler, str] = {
    builtin.evaluate: "eval",
    builtin.source: "source .",
    builtin.change_folder: "cd pushd chdir",
    builtin.back: "popd",
    builtin.set_options: "set",
    builtin.shift: "shift",
    builtin.read: "read",
    builtin.read_all: "mapfile readarray",
    builtin.get_options: "getopts",
    builtin.trap: "trap",
    builtin.alias: "alias",
    builtin.unset: "unset",
    builtin.declare: "export declare typeset local readonly",
    builtin.history: "history fc",
    builtin.echo: "echo",
    builtin.printf: "printf",
    builtin.execute: "exec command builtin",
    builtin.test: "test true false : exit return break continue wait umask ulimit",
    builtin.print_environment: "printenv",
    wrappers.plain: " ".join(wrappers.PLAIN),
    wrappers.runner: " ".join(wrappers.RUNNERS),
    wrappers.sudo: "sudo",
    wrappers.env: "env",
    wrappers.change_root: "chroot arch-chroot systemd-nspawn",
    wrappers.enter: "nsenter",
    wrappers.lock: "flock",
    wrappers.watch: "watch",
    inputs.from_input: "xargs gxargs",
    inputs.parallel: "parallel",
    wrappers.git: "git",
    finding.find: "find gfind bfs",
    wrappers.terminal: "tmux screen",
    wrappers.ansible: "ansible",
    later.scheduled: "at batch",
    later.time_table: "crontab",
    shells.secure_shell: "ssh autossh mosh",
    shells.container: "docker podman nerdctl docker-compose podman-compose",
    shells.fleet: "pssh parallel-ssh pdsh clush salt wsl wsl.exe",
    machine.allow: "visudo",
    shells.pod: "kubectl oc k3s microk8s",
    shells.after_dashes: "lxc incus multipass flatpak-spawn distrobox toolbox aws-vault op chamber dotenv",
    shells.by_option: "su runuser vagrant script nix-shell machinectl",
    files.remove: "rm unlink srm grm wipe trash rimraf del rd",
    files.shred: "shred",
    files.move: "mv gmv",
    files.copy: "cp install ditto gcp",
    files.link: "ln",
    files.truncate: "truncate fallocate",
    files.tee: "tee sponge",
    files.convert: "dd dcfldd dc3dd gdd",
    files.edit: "sed gsed",
    rights.change_mode: "chmod",
    rights.change_owner: "chown chgrp",
    rights.change_attributes: "chattr setfacl chflags",
    trees.synchronise: "rsync",
    trees.secure_copy: "scp pscp",
    trees.archive: "tar bsdtar gtar",
    trees.pack: "zip",
    rights.capabilities: "setcap",
    filters.concatenate: "cat tac zcat-f pv buffer nl",
    filters.part: "head tail",
    encodings.base: "base64 base32 gbase64",
    encodings.dump: "xxd",
    encodings.expanded: "gunzip zcat gzip bunzip2 bzcat bzip2 xz unxz xzcat zstd zstdcat unzstd lz4 lz4cat uudecode "
    "uncompress gpg unzip 7z brotli",
    encodings.cipher: "openssl",
    filters.reverse: "rev",
    filters.translate: "tr",
    filters.listing: "ls gls dir",
    filters.folder: "pwd",
    filters.path_part: "dirname basename realpath readlink",
    filters.which: "which type whence",
    filters.temporary: "mktemp tempfile",
    filters.endless: "yes",
    filters.passing: "sort uniq shuf tsort",
    filters.other_text: "cut jq yq paste fold fmt column expand unexpand od hexdump strings iconv envsubst tsp",
    filters.search: "grep egrep fgrep zgrep rg ag",
    disks.wipe: "wipefs blkdiscard",
    disks.divide: "fdisk cfdisk sfdisk parted sgdisk gdisk cgdisk",
    disks.by_words: " ".join(disks.NAMES),
    machine.stop: "shutdown reboot halt poweroff init telinit",
    machine.control: "systemctl loginctl service chkconfig rc-service rc-update",
    machine.kill: "kill",
    machine.order: " ".join(machine.ORDERS),
    machine.kill_by_name: "pkill killall killall5 skill",
    machine.kernel: "insmod rmmod kexec modprobe sysctl",
    defences.filter_packets: (
        "iptables ip6tables iptables-legacy iptables-nft ip6tables-legacy ebtables arptables nft ufw pfctl firewall-cmd netsh"
    ),
    defences.switch: " ".join(defences.SWITCHES),
    machine.users: "useradd usermod adduser userdel deluser passwd",
    machine.packages: "apt apt-get aptitude dpkg yum dnf microdnf rpm zypper pacman apk emerge brew pkg xbps-remove",
    machine.mount: "umount mount",
    network.curl: "curl",
    network.wget: "wget wget2",
    network.fetch: "fetch lynx w3m links elinks http https xh aria2c GET lwp-request axel httpie",
    network.connect: "nc ncat netcat socat telnet nc.traditional nc.openbsd websocat",
    network.mail: "mail mailx mutt sendmail ftp tftp lftp sftp ncftpput swaks msmtp wall",
    network.ask_name: "dig host nslookup drill kdig",
    network.bucket: "aws gsutil gcloud az rclone s3cmd mc gh b2 s5cmd",
    make.make: "make gmake bmake remake",
    packages.script: "npm pnpm yarn",
    interpreters.escapes: "less more",
    interpreters.compiler: "gcc cc g++ c++ clang clang++ tcc go rustc",
    filters.account: "getent unshadow",
    network.x_terminal: "xterm",
    network.shell_socket: "ztcp",
    everything.processes: "ps",
    databases.drop: "dropdb dropuser",
    databases.dump: " ".join(databases.DUMPS),
    filters.count: "seq gseq",
    disks.by_script: "xfs_io",
    machine.stress: "stress stress-ng",
    defences.cut_off: "ifconfig ifdown route",
    rights.set_passwords: "chpasswd",
}
_TABLE: dict[str, Handler] = {name: handler for handler, names in _BY_NAME.items() for name in names.split()}
_FIRST: dict[str, Handler] = {
    **dict.fromkeys(everything.NAMES, everything.check),
    **dict.fromkeys(databases.CLIENTS, databases.client),
}
"""What looks at a command beside what else does, and before it."""
KNOWN = (*_TABLE, "bash", "sh", "dash", "zsh", "python3", "perl", "mkfs", "mkfs.ext4")


@lru_cache(maxsize=1024)
def named_like(pattern: str) -> tuple[str, ...]:
    """The commands that a pattern names; none where it could be any of many."""
    if not any(sign.isalnum() for sign in pattern):
        return ()
    return tuple(name for name in KNOWN if fnmatchcase(name, pattern))


@lru_cache(maxsize=1024)
def handlers(name: str) -> tuple[Handler, ...]:
    """What looks at a command of that name; nothing for most."""
    first = (_FIRST[name],) if name in _FIRST else ()
    return (*first, *_own(name))


def _own(name: str) -> tuple[Handler, ...]:
    if found := _TABLE.get(name):
        return (found,)
    if _SHELLS.fullmatch(name):
        return (shells.shell,)
    if _POWER.fullmatch(name):
        return (shells.power_shell,)
    if _MAKES.fullmatch(name):
        return (disks.make_system,)
    if interpreters.NAMES.fullmatch(name):
        return (interpreters.interpreter,)
    return ()
