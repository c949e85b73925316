"""The user that a child becomes."""

from __future__ import annotations

import os
import pwd

import pytest

from updraft_runtime import child

NOBODY = pwd.getpwnam("nobody")


def become(name: str) -> int:
    """In a process of the user nobody: 0 where it went on as nobody, 3 where it was refused."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setuid(NOBODY.pw_uid)
            child._become_user(name)
            code = 0 if os.getuid() == NOBODY.pw_uid else 2
        except PermissionError:
            code = 3
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.skipif(os.geteuid() not in (0, NOBODY.pw_uid), reason="cannot start a process as nobody")
@pytest.mark.parametrize(("name", "code"), [("nobody", 0), ("root", 3)])
def test_only_the_own_user_needs_no_root(name: str, code: int) -> None:
    assert become(name) == code
