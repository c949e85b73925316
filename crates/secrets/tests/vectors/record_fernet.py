"""Writes fernet.json: tokens made by Python's cryptography, which Airflow stores.

Run with a Python that has cryptography.
"""

import json
import pathlib

from cryptography.fernet import Fernet, MultiFernet

HERE = pathlib.Path(__file__).parent
KEYS = [
    "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
    "dmVyeSBzZWNyZXQga2V5IG9mIGV4YWN0bHkgMzIgYnk=",
]
TEXTS = ["", "p@ss", "größer als ASCII 😀", '{"a": 1}', "x" * 1000]


def main():
    rows = []
    for keys in ([KEYS[0]], KEYS, KEYS[::-1]):
        fernet = MultiFernet([Fernet(key) for key in keys])
        for text in TEXTS:
            token = fernet.encrypt(text.encode()).decode()
            rows.append({"keys": ",".join(keys), "text": text, "token": token})
    with (HERE / "fernet.json").open("w") as file:
        file.write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


main()
