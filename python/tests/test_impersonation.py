"""The user that a child becomes."""

from __future__ import annotations

import os
import pwd

import pytest

from updraft_runtime import child

#: Somebody without rights: whoever runs the tests, unless that is root.
USER = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())


def become(name: str) -> int:
    """In a process of USER: 0 where it went on as USER, 3 where it was refused."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setuid(USER.pw_uid)
            child._become_user(name)
            code = 0 if os.getuid() == USER.pw_uid else 2
        except PermissionError:
            code = 3
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize(("name", "code"), [(USER.pw_name, 0), ("root", 3)])
def test_only_the_own_user_needs_no_root(name: str, code: int) -> None:
    assert become(name) == code
