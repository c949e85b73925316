"""What a forked task makes first lies side by side."""

from __future__ import annotations

import sys

import pytest

from updraft_runtime import preload_holes


@pytest.mark.parametrize("size", [208, 320, 400])
def test_new_objects_are_neighbours(size, monkeypatch):
    # The process of the tests has more gaps than a fork server.
    monkeypatch.setattr(preload_holes, "LIMIT", 1 << 30)
    # A gap: one object out of the middle of many.
    many = [bytes(size - sys.getsizeof(b"")) for _ in range(10_000)]
    gaps = {id(many[index]) for index in range(0, len(many), 7)}
    del many[::7]
    assert preload_holes.fill() > 0
    fresh = [bytes(size - sys.getsizeof(b"")) for _ in range(4)]
    addresses = [id(item) for item in fresh]
    assert not gaps.intersection(addresses)
    for address, later in zip(addresses, addresses[1:]):
        starts_a_pool = later % preload_holes.POOL == preload_holes.POOL_HEADER
        assert later - address == size or starts_a_pool


def test_another_allocator_does_not_keep_it_searching(monkeypatch):
    monkeypatch.setattr(preload_holes, "LARGEST", 32)
    monkeypatch.setattr(preload_holes, "POOL_HEADER", 1)
    monkeypatch.setattr(preload_holes, "LIMIT", 64_000)
    assert preload_holes.fill() < 10_000
