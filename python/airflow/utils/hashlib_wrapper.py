"""MD5 for what is no secret, also where a system forbids it for secrets."""

from __future__ import annotations

import hashlib
from typing import Any


def md5(__string: Any = b"") -> Any:
    """The MD5 hash object of some bytes."""
    return hashlib.md5(__string, usedforsecurity=False)
