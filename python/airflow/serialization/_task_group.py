"""Task groups as JSON."""

from __future__ import annotations

from typing import Any


def encode_task_group(group: Any) -> dict[str, Any] | None:
    """A task group with all that is in it; tasks by their id."""
    if not group:
        return None
    encoded = {
        "_group_id": group._group_id,
        "prefix_group_id": group.prefix_group_id,
        "tooltip": group.tooltip,
        "ui_color": group.ui_color,
        "ui_fgcolor": group.ui_fgcolor,
        "children": {label: _child(child) for label, child in group.children.items()},
        "upstream_group_ids": sorted(group.upstream_group_ids),
        "downstream_group_ids": sorted(group.downstream_group_ids),
        "upstream_task_ids": sorted(group.upstream_task_ids),
        "downstream_task_ids": sorted(group.downstream_task_ids),
    }
    if (expand_input := getattr(group, "_expand_input", None)) is not None:
        from airflow.serialization._mapped_operator import encode_expand_input

        encoded["expand_input"] = encode_expand_input(expand_input)
        encoded["is_mapped"] = True
    return encoded


def _child(child: Any) -> tuple[str, Any]:
    kind, value = child.serialize_for_task_group()
    return getattr(kind, "value", kind), value
