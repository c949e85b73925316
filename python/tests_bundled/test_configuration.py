"""The configuration: where an option comes from, and what is wrong with it."""

from __future__ import annotations

import datetime

import pytest
from airflow.configuration import AirflowConfigParser, conf
from airflow.exceptions import AirflowConfigException


@pytest.fixture
def configured(tmp_path, monkeypatch):
    def write(text):
        path = tmp_path / "airflow.cfg"
        path.write_text(text)
        monkeypatch.setenv("AIRFLOW_CONFIG", str(path))
        monkeypatch.delenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", raising=False)
        return AirflowConfigParser()

    return write


def test_environment_goes_before_the_file_and_the_file_before_the_default(configured, monkeypatch):
    found = configured("[core]\nparallelism = 5\nmax_active_runs_per_dag = 3\n")
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "7")
    assert found.getint("core", "parallelism") == 7
    assert found.getint("CORE", "Max_Active_Runs_Per_Dag") == 3
    assert found.getint("core", "max_active_tasks_per_dag") == 16


def test_the_file_is_read_as_configparser_does(configured, monkeypatch):
    monkeypatch.setenv("WHERE", "/here")
    text = """
# a comment
[core]
dags_folder = $WHERE/dags
; another
colon: 5
several =
    one,
    two

    three
[logging]
log_format = [%%(asctime)s] %(level)s
level = x
[a.b]
empty =
"""
    found = configured(text)
    assert found.get("core", "dags_folder") == "/here/dags"
    assert found.getint("core", "colon") == 5
    assert found.get("core", "several") == "\none,\ntwo\n\nthree"
    assert found.get("logging", "log_format") == "[%(asctime)s] x"
    assert found.get("a.b", "empty") == ""


def test_a_command_gives_the_value_of_a_secret_option(configured, monkeypatch):
    found = configured("[database]\nsql_alchemy_conn_cmd = echo -n $HOME\n[mine]\nword_cmd = echo x\n")
    assert found.get("database", "sql_alchemy_conn") == "$HOME"
    with pytest.raises(AirflowConfigException, match="ended with 1"):
        configured("[database]\nsql_alchemy_conn_cmd = false\n").get("database", "sql_alchemy_conn")
    # Airflow runs no command for other options.
    assert found.get("mine", "word", fallback="none") == "none"
    monkeypatch.setenv("AIRFLOW__MINE__WORD_CMD", "echo x")
    assert found.get("mine", "word", fallback="none") == "none"
    monkeypatch.setenv("AIRFLOW__SMTP__SMTP_PASSWORD_CMD", "echo -n open sesame")
    assert found.get("smtp", "smtp_password") == "open sesame"


def test_what_the_file_says_goes_before_its_commands(configured):
    text = "[database]\nsql_alchemy_conn_cmd = echo command\n[core]\nsql_alchemy_conn = old name\n"
    assert configured(text).get("database", "sql_alchemy_conn") == "old name"


def test_a_secrets_backend_gives_no_options(configured, monkeypatch):
    text = "[smtp]\nsmtp_password_secret = path\n"
    assert configured(text).get("smtp", "smtp_password") is None
    local = "[secrets]\nbackend = airflow.secrets.local_filesystem.LocalFilesystemBackend\n"
    assert configured(text + local).get("smtp", "smtp_password") is None
    with pytest.raises(AirflowConfigException, match=r"\[smtp\] smtp_password .* vault.Backend.*smtp_password_cmd"):
        configured(text + "[secrets]\nbackend = vault.Backend\n").get("smtp", "smtp_password")
    monkeypatch.setenv("AIRFLOW__WEBSERVER__SECRET_KEY_SECRET", "path")
    with pytest.raises(AirflowConfigException, match="secret_key"):
        configured("[secrets]\nbackend = vault.Backend\n").get("webserver", "secret_key")


def test_a_secret_option_is_masked_once_it_was_read(configured):
    from airflow.utils.log.secrets_masker import redact

    assert configured("[smtp]\nsmtp_password = open sesame\n").get("smtp", "smtp_password") == "open sesame"
    assert redact("the words are: open sesame") == "the words are: ***"


def test_an_older_name_of_an_option_is_read(configured):
    assert configured("[core]\nsql_alchemy_conn = old\n").get("database", "sql_alchemy_conn") == "old"


def test_kinds_of_values(configured):
    found = configured(
        '[x]\nyes = True\nno = f\nlist = a, b\njson = {"k": 1}\nseconds = 5\nhalf = 0.5\npath = datetime.date\n'
    )
    assert (found.getboolean("x", "yes"), found.getboolean("x", "no")) == (True, False)
    assert found.getlist("x", "list") == ["a", "b"]
    assert found.getjson("x", "json") == {"k": 1}
    assert found.gettimedelta("x", "seconds") == datetime.timedelta(seconds=5)
    assert found.getfloat("x", "half") == 0.5
    assert found.getimport("x", "path") is datetime.date
    assert found.getsection("x")["seconds"] == 5
    assert found.getsection("nowhere") is None


@pytest.mark.parametrize("method", ["getint", "getfloat", "getboolean", "getjson", "gettimedelta", "getimport"])
def test_a_value_of_the_wrong_kind_is_named(configured, method):
    with pytest.raises(AirflowConfigException, match=r"\[x\] y.*many"):
        getattr(configured("[x]\ny = many\n"), method)("x", "y")


def test_an_option_that_is_not_there_says_where_to_put_it():
    with pytest.raises(AirflowConfigException, match="AIRFLOW__X__Y"):
        conf.get("x", "y")
    assert conf.get("x", "y", fallback=None) is None
    assert conf.has_option("core", "parallelism")
    assert not conf.has_option("x", "y")


def test_a_line_that_is_no_option_is_named(configured):
    with pytest.raises(AirflowConfigException, match="line 2"):
        configured("[core]\nnonsense\n").get("core", "parallelism")


def test_set_is_for_this_process():
    conf.set("x", "z", "1")
    assert conf.getint("x", "z") == 1
    conf.remove_option("x", "z")
    assert not conf.has_option("x", "z")


def test_functions_of_the_module_are_deprecated():
    from airflow import configuration

    with pytest.warns(DeprecationWarning, match="conf.getint"):
        assert configuration.getint("core", "max_active_tasks_per_dag") == 16
    with pytest.raises(AttributeError):
        configuration.nonsense  # noqa: B018
