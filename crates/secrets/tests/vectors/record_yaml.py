"""Writes yaml.json: what PyYAML's safe_load makes of texts.

Run with a Python that has PyYAML:
    python record_yaml.py

JSON has no dates and no numbers without an end: those are recorded as they were written. A text that is refused is
recorded with the line that PyYAML names, counted from one.
"""

import json
import math
import pathlib

import yaml

HERE = pathlib.Path(__file__).parent


class Loader(yaml.SafeLoader):
    """Dates stay text."""


Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: node.value)


def written(loader: Loader, node: yaml.ScalarNode) -> object:
    value = loader.construct_yaml_float(node)
    return value if math.isfinite(value) else node.value


Loader.add_constructor("tag:yaml.org,2002:float", written)

SCALARS = """
yes Yes YES yEs no No NO on On ON off Off OFF y n true True TRUE tRue false False FALSE t
~ null Null NULL nULL none None
0 00 1 -1 +1 12 -0 007 010 -010 08 09 0o10 0o17 0x1F 0xff -0x10 0X1F 0b101 0b12 0B1 1_000 1__0 _1 0_ 0_7 1_ 0x_f
12345678901234567890 1.0 1. .5 -.5 +.5 -1.5 +1.5 1e3 1E3 1.e3 1.0e3 1.0e+3 1.0E-3 1_0.5 1_0.5_0 .5e+1 ._5 1.2.3 . -.
.inf -.inf +.inf .Inf .INF .iNF .nan .NaN .NAN -.nan inf nan
1:30 1:2:3 01:30 1:60 1:3 10:05:59 -1:30 0:30 1:30.5 1:2:3.25 0:30.5 1:60.5 12:30:45 1:5x 1:
2024-01-31 2024-1-31 2024-01-31T01:02:03Z 2024-01-31T01:02:03.5+02:00 2024-13-01x 1-2-3
5432 127.0.0.1 a=b http://x:80/y p@ss w%rd a:b 1.2.3.4:80 - -- + +- 0x 0b = <
""".split()

DOCUMENTS = [
    "",
    "# only a comment\n",
    "---\n",
    "a: 1\nb: two\n",
    "a: '1'\nb: \"yes\"\nc: 'it''s'\n",
    'a: "\\u00e9\\n\\x41"\n',
    "a: |\n  one\n  two\nb: >\n  one\n  two\n\n  three\n",
    "a: |-\n  one\n  two\nb: >+\n  one\n\nc: |2\n    one\n",
    "a: one\n  two\n  three\n",
    "a:\n- 1\n- [2, three, {b: c}]\n- {x: 1, y: }\n",
    "a:\n  - b: 1\n    c: 2\n  -\n    - 3\n",
    "a: &anchor {host: h, port: 5432}\nb: *anchor\n",
    "base: &base {host: h, login: l}\na:\n  <<: *base\n  login: other\n",
    "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz:\n  c: 3\n  <<: [*x, *y]\n",
    "x: &x {a: 1}\nz:\n  '<<': *x\n",
    "a: 1\na: 2\nb: 3\n",
    "2: one\nyes: two\n~: three\n1.5: four\n2024-01-01: five\n",
    "a: !!str 1\nb: !!int '12'\nc: !!float 3\nd: !!bool 'yes'\ne: ! 5\nf: !!null ''\ng: !!float '1.5'\n",
    "a: !!seq [1]\nb: !!map {c: d}\n",
    "%YAML 1.1\n---\na: 1\n...\n",
    "a: 'x'  # comment\nb: x#y\nc: x #y\n",
    "a: \u00e9\u4e2d\n",
    "my_conn:\n  conn_type: postgres\n  host: db.example.com\n  port: 5432\n  password: 'p#1'\n"
    "  extra_dejson:\n    sslmode: require\n    keepalives: on\n",
    "uri: postgres://u:p%40ss@db/sales?sslmode=require\n",
    "- a\n- b\n",
    "text\n",
    "? a\n: b\n",
    "{a: 1,\n b: [1,\n 2]}\n",
    'a:\n  b: "x\n   y"\n',
    'a:\n  b: "x\n\n   y \\\n    z"\n',
    "a: x\n\n\n  y\n",
]

BROKEN = [
    "a: 1\nb: [1, 2\n",
    "a: 1\n  b: 2\n",
    "a: 'x\nb: 2\n",
    "a: 1\nb: *none\n",
    "a: 1\n---\nb: 2\n",
    "a: 1\nb: !ruby/object x\n",
    "a: 1\nb: !!python/object/apply:os.system ['true']\n",
    "a: 1\n[1, 2]: b\n",
    "a: 1\nz:\n  <<: 5\n",
    "a: {b: 1\nc: 2\n",
    "a: @x\n",
    "a: %x\n",
    "a:\n\t- b\n",
]


def load(text: str) -> object:
    return yaml.load(text, Loader)


def recorded(text: str) -> dict:
    value = load(text)
    # Keys become text as they do when a Variable is stored as JSON.
    return {"text": text, "value": json.loads(json.dumps(bounded(value)))}


def bounded(value: object) -> object:
    if isinstance(value, dict):
        return {key: bounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [bounded(item) for item in value]
    return str(value) if isinstance(value, int) and abs(value) >= 2**64 else value


def refused(text: str) -> dict:
    try:
        load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return {"text": text, "line": mark.line + 1}
    raise AssertionError(text)


def safely(text: str) -> dict | None:
    """None where PyYAML itself breaks off, with an error that is not its own."""
    try:
        return recorded(text)
    except (ValueError, IndexError, KeyError):
        return None
    except yaml.YAMLError:
        return None


def main() -> None:
    texts = [f"a: {scalar}\n" for scalar in SCALARS] + DOCUMENTS
    values = [record for record in map(safely, texts) if record]
    document = {"values": values, "refused": [refused(text) for text in BROKEN]}
    (HERE / "yaml.json").write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
