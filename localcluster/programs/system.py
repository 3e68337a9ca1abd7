"""Programs that come as Debian packages.

They are unpacked into the user's cache and not installed, so that no service starts on the machine.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from localcluster.command_line.progress import Progress
from localcluster.commands import DOWNLOAD_LIMIT_SECONDS, run
from localcluster.errors import ClusterError
from localcluster.programs.cache import completed_directory

PACKAGES = (
    "containerd",
    "runc",
    "containernetworking-plugins",
    "docker-registry",
    "mmdebstrap",
    # By which mmdebstrap trusts what it fetches, on Ubuntu too.
    "debian-archive-keyring",
    "iptables",
    # What iptables needs beyond a minimal Debian.
    "libip4tc2",
    "libip6tc2",
    "libmnl0",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libnftnl11",
    "libxtables12",
    "nftables",
    # What nftables needs beyond that.
    "libnftables1",
    "libedit2",
    "libbsd0",
    "libmd0",
    "libjansson4",
    "libgmp10",
)
IPTABLES_NAMES = tuple(
    f"{family}{action}" for family in ("iptables", "ip6tables") for action in ("", "-save", "-restore")
)


@dataclass(frozen=True)
class SystemPrograms:
    """A directory that holds the unpacked packages."""

    directory: Path

    def environment(self) -> dict[str, str]:
        """Variables by which the programs find each other, and iptables its libraries."""
        programs = [f"{self.directory}/{part}" for part in ("usr/sbin", "usr/bin", "sbin", "bin")]
        # Debian's directory for this processor; not looked up, for the packages may not be there yet.
        libraries = f"{self.directory}/usr/lib/{os.uname().machine}-linux-gnu"
        return {
            "PATH": ":".join([*programs, "/usr/sbin", "/usr/bin", "/sbin", "/bin"]),
            "LD_LIBRARY_PATH": libraries,
            "XTABLES_LIBDIR": f"{libraries}/xtables",
        }


def system_programs_directory(cache: Path) -> Path:
    """Where the packages are unpacked.

    Another release of the system or another list of packages gives another place.
    """
    release = Path("/etc/os-release")
    content = "\n".join([release.read_text() if release.exists() else "", os.uname().machine, *PACKAGES])
    return cache / "debian" / hashlib.sha256(content.encode()).hexdigest()[:16]


def ensure_system_programs(cache: Path, progress: Progress) -> SystemPrograms:
    """Fetch and unpack the packages unless the cache has them.

    Raises ClusterError when apt does not find one.
    """
    directory = system_programs_directory(cache)
    with completed_directory(directory) as partial:
        if partial is not None:
            progress.say(
                f"system programs: fetching {len(PACKAGES)} Debian packages (into the cache, not installed)"
            )
            _fetch(partial)
            progress.say("system programs: ready")
    return SystemPrograms(directory)


def _fetch(directory: Path) -> None:
    # apt drops its privileges for downloads; /tmp is a place that its own user may reach.
    with tempfile.TemporaryDirectory() as text:
        archives = Path(text)
        archives.chmod(0o777)
        try:
            _download(archives)
        except ClusterError:
            # The lists of a fresh machine are empty or refer to packages that have been superseded.
            run(["apt-get", "update", "-qq"], limit_seconds=DOWNLOAD_LIMIT_SECONDS)
            _download_or_advise(archives)
        for archive in sorted(archives.glob("*.deb")):
            run(["dpkg-deb", "--extract", str(archive), str(directory)])
    _name_iptables(directory)


def _download(directory: Path) -> None:
    for leftover in directory.glob("*.deb"):
        leftover.unlink()
    command = ["apt-get", "download", "-qq", *PACKAGES]
    run(command, directory=directory, limit_seconds=DOWNLOAD_LIMIT_SECONDS)


def _download_or_advise(directory: Path) -> None:
    try:
        _download(directory)
    except ClusterError as failure:
        raise ClusterError(
            f"{failure}\n"
            "Check that a Debian or Ubuntu mirror can be reached, or use another cluster's "
            "kubeconfig: the program works without the embedded cluster"
        ) from None


def _name_iptables(directory: Path) -> None:
    """Give iptables its usual names, which the package leaves to the system's `update-alternatives`."""
    program = shutil.which("xtables-nft-multi", path=f"{directory}/usr/sbin:{directory}/sbin")
    if program is None:
        raise ClusterError(
            "the Debian package iptables contains no xtables-nft-multi: this release of the system "
            "is not supported"
        )
    for name in IPTABLES_NAMES:
        link = Path(program).with_name(name)
        if not link.exists() and not link.is_symlink():
            link.symlink_to(Path(program).name)
