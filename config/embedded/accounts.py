"""The system account PostgreSQL runs under when root starts Busk: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from dataclasses import dataclass

NAME = "busk-postgres"


@dataclass(frozen=True)
class ServerAccount:
    uid: int
    gid: int


def server_account() -> ServerAccount | None:
    """The account to switch to, created when missing; None when we are not root and PostgreSQL runs as us."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
            "--user-group",
            NAME,
        ]
        # A second process may have been faster: only the account counts, and getpwnam says what is missing.
        subprocess.run(command, capture_output=True, check=False)
        entry = pwd.getpwnam(NAME)
    return ServerAccount(uid=entry.pw_uid, gid=entry.pw_gid)
