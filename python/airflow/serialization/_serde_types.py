"""Types of the standard library, pendulum, numpy and pandas in XComs."""

from __future__ import annotations

import datetime
import decimal
from typing import Any, Callable

from airflow.utils.module_loading import import_string, qualname

_UTC_CLASS = "pendulum.tz.timezone.FixedTimezone"


def encoded(o: Any) -> tuple[str, int, Any] | None:
    """Class name, version and data of an object of a known type; None for others."""
    if isinstance(o, tuple) and hasattr(o, "_fields"):
        # A named tuple comes back as a tuple.
        return "builtins.tuple", 1, list(o)
    encoder = ENCODERS.get(qualname(o))
    return None if encoder is None else encoder(o)


def decoded(name: str, version: int, data: Any) -> Any:
    """The object that `encoded` wrote down."""
    newest, decoder = DECODERS[name]
    if version > newest:
        raise TypeError(f"the stored version {version} of {name} is newer than the known one, {newest}")
    return decoder(name, version, data)


def _encode_collection(o: Any) -> tuple[str, int, Any]:
    return qualname(o), 1, list(o)


def _decode_collection(name: str, version: int, data: Any) -> Any:
    return {"builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset}[name](data)


def _encode_decimal(o: decimal.Decimal) -> tuple[str, int, Any]:
    exponent = o.as_tuple().exponent
    is_whole = isinstance(exponent, int) and exponent >= 0
    return qualname(o), 1, int(o) if is_whole else float(o)


def _encode_datetime(o: datetime.datetime) -> tuple[str, int, Any]:
    zone = None if o.tzinfo is None else (*_zone(o.tzinfo),)
    return qualname(o), 2, {"timestamp": o.timestamp(), "tz": zone}


def _zone(zone: Any) -> tuple[Any, str, int, bool]:
    """Name or offset of a time zone, its class, the version, and whether it could be written down."""
    name = qualname(zone)
    if name == _UTC_CLASS:
        return (zone.offset or "UTC"), name, 1, True
    for attribute in ("key", "name", "zone"):
        if hasattr(zone, attribute):
            return getattr(zone, attribute), name, 1, True
    if zone.utcoffset(None) == datetime.timedelta(0):
        return "UTC", _UTC_CLASS, 1, True
    return "", "", 0, False


def _encode_zone(o: Any) -> tuple[str, int, Any] | None:
    data, name, version, is_known = _zone(o)
    return (name, version, data) if is_known else None


def _decode_zone(name: str, version: int, data: Any) -> Any:
    if not isinstance(data, (str, int)):
        raise TypeError(f"a time zone is text or a number, not a {type(data)}")
    if name.endswith("zoneinfo.ZoneInfo"):
        from zoneinfo import ZoneInfo

        return ZoneInfo(str(data))
    from airflow.utils.timezone import parse_timezone

    return parse_timezone(data)


#: Abbreviations that the first version stored.
_OLD_ZONES = {"EDT": -4 * 3600, "CDT": -5 * 3600, "MDT": -6 * 3600, "PDT": -7 * 3600, "CEST": "CET"}


def _decode_datetime(name: str, version: int, data: Any) -> Any:
    zone = data["tz"]
    if zone is not None and version == 1:
        zone = _decode_zone("", 1, _OLD_ZONES.get(zone, zone))
    elif zone is not None:
        zone = _decode_zone(zone[1], zone[2], zone[0])
    return import_string(name).fromtimestamp(float(data["timestamp"]), tz=zone)


def _encode_numpy(o: Any) -> tuple[str, int, Any]:
    return qualname(o), 1, o.item() if not isinstance(o.item(), complex) else float(o)


def _decode_numpy(name: str, version: int, data: Any) -> Any:
    return import_string(name)(data)


def _encode_frame(o: Any) -> tuple[str, int, Any]:
    import io

    buffer = io.BytesIO()
    o.to_parquet(buffer, engine="pyarrow", compression="snappy")
    return qualname(o), 1, buffer.getvalue().hex()


def _decode_frame(name: str, version: int, data: str) -> Any:
    import io

    import pandas

    return pandas.read_parquet(io.BytesIO(bytes.fromhex(data)), engine="pyarrow")


def _decode_named(name: str, version: int, data: Any) -> Any:
    return import_string(name)(**data)


_COLLECTIONS = ("builtins.frozenset", "builtins.set", "builtins.tuple")
_ZONES = ("pendulum.tz.timezone.FixedTimezone", "pendulum.tz.timezone.Timezone", "zoneinfo.ZoneInfo")
_NUMPY = tuple(
    f"numpy.{kind}"
    for kind in """int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool_ bool float16 float32 float64 complex64
    complex128""".split()
)

ENCODERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_COLLECTIONS, _encode_collection),
    **dict.fromkeys(_ZONES, _encode_zone),
    **dict.fromkeys(_NUMPY, _encode_numpy),
    "airflow.datasets.Dataset": lambda o: (qualname(o), 1, {"uri": o.uri, "extra": o.extra}),
    "airflow.datasets.DatasetAlias": lambda o: (qualname(o), 0, {"name": o.name}),
    "datetime.date": lambda o: (qualname(o), 2, o.isoformat()),
    "datetime.datetime": _encode_datetime,
    "datetime.timedelta": lambda o: (qualname(o), 2, o.total_seconds()),
    "decimal.Decimal": _encode_decimal,
    "pandas.core.frame.DataFrame": _encode_frame,
    "pendulum.datetime.DateTime": _encode_datetime,
}

DECODERS: dict[str, tuple[int, Callable[[str, int, Any], Any]]] = {
    **dict.fromkeys(_COLLECTIONS, (1, _decode_collection)),
    **dict.fromkeys(_ZONES, (1, _decode_zone)),
    **dict.fromkeys(_NUMPY, (1, _decode_numpy)),
    "airflow.datasets.Dataset": (1, _decode_named),
    "airflow.datasets.DatasetAlias": (0, _decode_named),
    "datetime.date": (2, lambda name, version, data: datetime.date.fromisoformat(data)),
    "datetime.datetime": (2, _decode_datetime),
    "datetime.timedelta": (2, lambda name, version, data: datetime.timedelta(seconds=float(data))),
    "decimal.Decimal": (1, lambda name, version, data: decimal.Decimal(str(data))),
    "pandas.core.frame.DataFrame": (1, _decode_frame),
    "pendulum.datetime.DateTime": (2, _decode_datetime),
}
