"""The configuration: environment variables, then airflow.cfg, then the defaults of Airflow 2.10.5."""

from __future__ import annotations

import os

from airflow.exceptions import AirflowConfigException

TYPE_CHECKING = False
if TYPE_CHECKING:
    import datetime
    from typing import Any

_NOT_GIVEN = object()
_TRUE = frozenset(("t", "true", "1"))
_FALSE = frozenset(("f", "false", "0"))


def expand_env_var(env_var: str | None) -> str | None:
    """Replaces `~` and `$NAME`, also in what they stand for."""
    while env_var:
        expanded = os.path.expanduser(os.path.expandvars(str(env_var)))
        if expanded == env_var:
            break
        env_var = expanded
    return env_var


def run_command(command: str) -> str:
    """The output of a command that an option `…_cmd` names."""
    import shlex
    import subprocess

    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AirflowConfigException(f"the command {command!r} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def get_airflow_home() -> str:
    return expand_env_var(os.environ.get("AIRFLOW_HOME", "~/airflow")) or ""


def get_airflow_config(airflow_home: str) -> str:
    """Where airflow.cfg is."""
    path = os.environ.get("AIRFLOW_CONFIG")
    return os.path.join(airflow_home, "airflow.cfg") if path is None else (expand_env_var(path) or "")


class AirflowConfigParser:
    """Options by section and name, with the methods of Airflow's own parser. Nothing is read before it is asked for."""

    def __init__(self) -> None:
        self._file: dict[str, dict[str, str]] | None = None
        self._set: dict[str, dict[str, str | None]] = {}

    def get(self, section: str, key: str, fallback: Any = _NOT_GIVEN, **kwargs: Any) -> Any:
        """The text of an option; without a fallback an unknown option is an error."""
        section, key = str(section).lower(), str(key).lower()
        value = self._configured(section, key)
        if value is not _NOT_GIVEN:
            return value
        value = self._default(section, key)
        if value is not None:
            return expand_env_var(value)
        if fallback is not _NOT_GIVEN:
            return fallback
        if value is None and self._is_known(section, key):
            return None
        raise AirflowConfigException(
            f"the option [{section}] {key} is not set: put it into airflow.cfg or "
            f"into the environment variable {self._env_var_name(section, key)}"
        )

    def _configured(self, section: str, key: str) -> Any:
        """What somebody set, under the option's name or an older one."""
        from airflow._configuration_defaults import DEPRECATED, SENSITIVE

        names = [(section, key)]
        if (section, key) in DEPRECATED:
            names.append(DEPRECATED[section, key])
        for find in (
            self._from_program,
            self._from_environment,
            self._from_file,
            self._from_command,
            self._from_secret,
        ):
            for name in names:
                value = find(*name)
                if value is not _NOT_GIVEN:
                    if value and name in SENSITIVE:
                        from airflow.utils.log.secrets_masker import mask_secret

                        mask_secret(value)
                    return value
        return _NOT_GIVEN

    def _from_program(self, section: str, key: str) -> Any:
        value = self._set.get(section, {}).get(key, _NOT_GIVEN)
        return value if value is _NOT_GIVEN else expand_env_var(value)

    def _from_environment(self, section: str, key: str) -> Any:
        name = self._env_var_name(section, key)
        if name in os.environ:
            return expand_env_var(os.environ[name])
        return self._from_elsewhere(section, key, os.environ.get(f"{name}_CMD"), os.environ.get(f"{name}_SECRET"))

    def _from_file(self, section: str, key: str) -> Any:
        options = self._sections().get(section, {})
        return expand_env_var(options[key]) if key in options else _NOT_GIVEN

    def _from_command(self, section: str, key: str) -> Any:
        return self._from_elsewhere(section, key, self._sections().get(section, {}).get(f"{key}_cmd"), None)

    def _from_secret(self, section: str, key: str) -> Any:
        return self._from_elsewhere(section, key, None, self._sections().get(section, {}).get(f"{key}_secret"))

    def _from_elsewhere(self, section: str, key: str, command: str | None, secret: str | None) -> Any:
        """The output of a command, or what the secrets backend has; only for options that are secrets."""
        from airflow._configuration_defaults import SENSITIVE

        if (section, key) not in SENSITIVE:
            return _NOT_GIVEN
        if command is not None:
            return run_command(command)
        if secret is None:
            return _NOT_GIVEN
        backend = self.get("secrets", "backend", fallback="")
        # These hold Variables and Connections only, which Airflow takes for "not there".
        if backend in ("", "airflow.secrets.local_filesystem.LocalFilesystemBackend"):
            return _NOT_GIVEN
        raise AirflowConfigException(
            f"the option [{section}] {key} is to come from the secrets backend {backend}, which Updraft cannot ask for "
            f"options yet: use {key}_cmd with a command that prints it"
        )

    def _sections(self) -> dict[str, dict[str, str]]:
        if self._file is None:
            from airflow._configuration_file import read_file

            self._file = read_file(get_airflow_config(get_airflow_home()))
        return self._file

    @staticmethod
    def _default(section: str, key: str) -> str | None:
        from airflow._configuration_defaults import DEFAULTS

        value = DEFAULTS.get(section, {}).get(key)
        if value is not None and "{AIRFLOW_HOME}" in value:
            return value.replace("{AIRFLOW_HOME}", get_airflow_home())
        return value

    @staticmethod
    def _is_known(section: str, key: str) -> bool:
        from airflow._configuration_defaults import DEFAULTS

        return key in DEFAULTS.get(section, {})

    @staticmethod
    def _env_var_name(section: str, key: str) -> str:
        return f"AIRFLOW__{section.replace('.', '_').upper()}__{key.upper()}"

    def get_default_value(self, section: str, key: str, fallback: Any = None, **kwargs: Any) -> Any:
        value = self._default(section.lower(), key.lower())
        return fallback if value is None else value

    def get_mandatory_value(self, section: str, key: str, **kwargs: Any) -> str:
        value = self.get(section, key, **kwargs)
        if value is None:
            raise ValueError(f"the option [{section}] {key} is empty")
        return value

    def get_mandatory_list_value(self, section: str, key: str, **kwargs: Any) -> list[str]:
        value = self.getlist(section, key, **kwargs)
        if value is None:
            raise ValueError(f"the option [{section}] {key} is empty")
        return value

    def getboolean(self, section: str, key: str, **kwargs: Any) -> bool:
        text = str(self.get(section, key, **kwargs)).lower().split("#")[0].strip()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self._wrong(section, key, text, "true or false")

    def getint(self, section: str, key: str, **kwargs: Any) -> int:
        return self._number(section, key, int, "a whole number", kwargs)

    def getfloat(self, section: str, key: str, **kwargs: Any) -> float:
        return self._number(section, key, float, "a number", kwargs)

    def _number(self, section: str, key: str, kind: Any, expected: str, kwargs: dict[str, Any]) -> Any:
        value = self.get(section, key, **kwargs)
        if value is None:
            raise AirflowConfigException(f"the option [{section}] {key} is empty, and has to be {expected}")
        try:
            return kind(value)
        except ValueError:
            raise self._wrong(section, key, value, expected) from None

    @staticmethod
    def _wrong(section: str, key: str, value: Any, expected: str) -> AirflowConfigException:
        return AirflowConfigException(f"the option [{section}] {key} has to be {expected}, not {value!r}")

    def getlist(self, section: str, key: str, delimiter: str = ",", **kwargs: Any) -> Any:
        value = self.get(section, key, **kwargs)
        return [item.strip() for item in value.split(delimiter)] if isinstance(value, str) else value

    def getjson(self, section: str, key: str, fallback: Any = None, **kwargs: Any) -> Any:
        import json

        value = self.get(section, key, fallback=_NOT_GIVEN if fallback is None else fallback, **kwargs)
        if not value:
            return fallback if value is None or value == "" else value
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise self._wrong(section, key, value, f"JSON ({error})") from error

    def gettimedelta(self, section: str, key: str, fallback: Any = None, **kwargs: Any) -> datetime.timedelta | None:
        """An option in seconds; empty is the fallback."""
        import datetime

        value = self.get(section, key, fallback=fallback, **kwargs)
        if not value:
            return fallback
        if isinstance(value, datetime.timedelta):
            return value
        try:
            return datetime.timedelta(seconds=int(value))
        except (ValueError, OverflowError):
            raise self._wrong(section, key, value, "a whole number of seconds") from None

    def getimport(self, section: str, key: str, **kwargs: Any) -> Any:
        """The object that an option names by its import path."""
        from airflow.utils.module_loading import import_string

        path = self.get(section, key, **kwargs)
        if not path:
            return None
        try:
            return import_string(path)
        except ImportError as error:
            raise AirflowConfigException(f"the option [{section}] {key} names {path!r}: {error}") from error

    def getsection(self, section: str) -> dict[str, Any] | None:
        """All options of a section, numbers and booleans as such; None where there is no such section."""
        from airflow._configuration_defaults import DEFAULTS

        section = section.lower()
        names = {*DEFAULTS.get(section, {}), *self._sections().get(section, {}), *self._set.get(section, {})}
        prefix = self._env_var_name(section, "")
        names.update(name[len(prefix) :].lower() for name in os.environ if name.startswith(prefix))
        if not names:
            return None
        return {name: _typed(self.get(section, name, fallback=None)) for name in sorted(names)}

    def has_option(self, section: str, option: str) -> bool:
        try:
            return self.get(section, option, fallback=None) is not None
        except AirflowConfigException:
            return False

    def has_section(self, section: str) -> bool:
        from airflow._configuration_defaults import DEFAULTS

        return section.lower() in DEFAULTS or section.lower() in self._sections()

    def sections(self) -> list[str]:
        return list(self._sections())

    def set(self, section: str, option: str, value: str | None = None) -> None:
        """Sets an option for this process."""
        self._set.setdefault(section.lower(), {})[option.lower()] = value

    def remove_option(self, section: str, option: str, remove_default: bool = True) -> None:
        """Takes back what `set` or airflow.cfg said."""
        for source in (self._set, self._sections()):
            source.get(section.lower(), {}).pop(option.lower(), None)

    def as_dict(self, **kwargs: Any) -> dict[str, dict[str, Any]]:
        """Everything, by section. Options that hold secrets are hidden."""
        from airflow._configuration_defaults import DEFAULTS
        from airflow.utils.log.secrets_masker import redact

        names = [*DEFAULTS, *(name for name in self._sections() if name not in DEFAULTS)]
        return {name: {k: redact(v, k) for k, v in (self.getsection(name) or {}).items()} for name in names}


def _typed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return {"true": True, "false": False}.get(value.lower(), value)


conf = AirflowConfigParser()

AIRFLOW_HOME = get_airflow_home()
AIRFLOW_CONFIG = get_airflow_config(AIRFLOW_HOME)

_OLD_FUNCTIONS = frozenset(
    {
        "as_dict",
        "get",
        "getboolean",
        "getfloat",
        "getint",
        "getsection",
        "has_option",
        "remove_option",
        "set",
    }
)


def __getattr__(name: str) -> Any:
    if name not in _OLD_FUNCTIONS:
        from airflow import _absent

        raise AttributeError(_absent.explain_attribute(__name__, name))
    from airflow._deprecation import warn

    warn(f"airflow.configuration.{name} is deprecated; use airflow.configuration.conf.{name}", DeprecationWarning)
    return getattr(conf, name)
