"""Records answers of croniter, the cron library of Airflow 2.10, as golden vectors.

Run with a Python that has croniter 6.0: python record_cron.py
Writes cron-vectors.json and cron-self-contradictions.json beside this file.

A contradiction is an answer that skips an instant which croniter itself gives in the other
direction. It is kept apart, because there the consistent answer is the wanted one.
"""

import datetime
import json
import pathlib
import random

from croniter import croniter

EXPRESSIONS = """
* * * * *|0 0 * * *|*/5 * * * *|7-59/13 * * * *|10/20 3 * * *|0 */6 * * *|0 1-23/2 * * *
0 0 * * 0|0 0 * * 7|0 0 * * sun|0 12 * * mon-fri|0 12 * * 1-5|30 4 1,15 * 5|0 0 1 * 1|0 0 */2 * 1
0 0 */1 * 1|0 0 1-31 * 3|0 0 13 * fri|0 0 * * fri-mon|0 0 * * 5-7|0 0 * * 6-2|0 0 * * mon-mon
0 0 l * *|0 0 L * *|0 0 15,l * *|0 0 l 2 *|0 0 28-l * *|0 0 28,29 * *|0 0 29 * *|0 0 30 * *|0 0 31 * *
0 0 29 2 *|0 0 30 2 *|0 0 31 2,4 *|0 0 29 2 1|0 0 31 4 1|59 23 31 12 *|0 0 1 1 *|0 0 1 */3 *
0 0 1 jan,jul *|0 0 1 nov-feb *|0 0 1 apr-jan/3 *|0 0 1 10-3/2 *|0 0 1 jan-jan *|0 0 * feb mon
0 0 * * mon#1|0 0 * * MON#2|0 0 * * 2#5|0 0 * * fri#3,tue#1|0 0 * * mon-wed#2|0 0 * * l5|0 0 * * L0
0 0 * * l7|0 0 * * 5#2,l5|0 0 8 * mon#2|0 0 1 * mon#2|0 0 * * *,mon#2|0 0 * 3 sun#l|0 0 * * 0#1
0 0 ? * 1|0 0 1 * ?|? * * * *|0 0 * * 1,?|*/1 * * * *|* */1 * * *|0-59 * * * *|* 0-23 * * *
*,5 * * * *|0 *,5 * * *|0 0 *,5 * 2|0 0 5 * *,2|0 0 * * 0-6|0 0 1 * 0-6|0 0 1-31 * *|0 0 1-31 * 0-6
0 0 * * * *|0 0 * * * 30|0 0 12 1 1 *|*/2 * * * * */15|30 2 * * 0 10|0 0 0 * * 0|0 0 0-3 * * 0
0 0 * * 7 0|0 0 * * 1-7 0|0 0 1 0 * 0|0 0 * * 5-0 0|* * * * * * 2025|0 0 1 1 * 0 2030|0 0 1 1 * 0 2024/3
0 0 1 1 * 0 2020-2022|0 0 1 1 * 0 1969|0 0 1 1 * 0 2100|0 0 1 1 7 0 2030|0 0 1 1 * 0 *
50-10 * * * *|50-10/7 * * * *|0 22-4/3 * * *|0 0 25-5/4 * *|0 0 31-1 * *|0 0 * 12-1 *|58-2/3 * * * *
@hourly|@daily|@weekly|@monthly|@yearly|@midnight|@annually|@quarterly|@once|@DAILY|@reboot
60 * * * *|* 24 * * *|0 0 0 * *|0 0 32 * *|0 0 1 0 *|0 0 1 13 *|0 0 * * 8|-1 * * * *|5- * * * *
1-5-7 * * * *|*/0 * * * *|1-5/0 * * * *|*/x * * * *|a * * * *|0 0 * mon *|0 0 * * jan|0 0 * * monday
1,,2 * * * *|, * * * *|*-5 * * * *|5/ * * * *|/5 * * * *|*/5/5 * * * *|*5 * * * *|5* * * * *|05 007 * * *
0 0 * * 1,mon#2|0 0 * * 1-5#2|0 0 * * mon#0|0 0 * * mon#6|0 0 * * #2|0 0 * * mon#|0 0 * * mon-5#2
0 0 * * *#2|0 0 * * l|0 0 * * l8|0 0 l-5 * *|0 0 l/2 * *|l * * * *|0 0 * l *|0 0 * * 0-6,1#2|0 0 ? ? ?
0 0 * * mon-fri/2|0 0 * * mon/2|0 0 */10,l * *|0 0 2-28/2,31 * *|1,2,3-5,50/3 * * * *|0 0 * * 2-4,6,0
h * * * *|h(1-5) * * * *|0 0 * *|0 0 * * * * * *||* * *|0 0 w * *|0 0 15w * *|0 0 * * 6l|100-200 * * * *
0 0 1 * 1-5/2|15 */4 10-20 2-11/3 *|0 0 0-5 * * 0|0 0 */7 * *|0 0 */40 * *|*/59 * * * *|0/61 * * * *
"""

STARTS = [
    "2023-12-31T23:59:59",
    "2024-01-01T00:00:00",
    "2024-01-31T23:59:30.500000",
    "2024-02-28T12:00:00",
    "2024-02-29T00:00:00",
    "2024-02-29T00:00:00.000001",
    "2024-03-01T00:00:00",
    "2024-03-05T06:07:08",
    "2024-03-31T02:30:00",
    "2024-04-30T23:59:00.250000",
    "2024-05-01T00:00:00",
    "2024-10-27T02:30:00",
    "2024-12-31T00:00:00",
    "2025-03-01T00:00:00",
    "2025-06-15T13:37:42",
    "2025-08-31T23:00:00",
]


def ask(expression, start, backward):
    cron = croniter(expression, start_time=start)
    try:
        found = (cron.get_prev if backward else cron.get_next)(datetime.datetime)
    except Exception:
        return None
    return found


def contradicts(expression, start, found, backward):
    """Whether the opposite question reveals an instant between `start` and `found`."""
    if found is None:
        return False
    back = ask(expression, found, not backward)
    if back is None:
        return False
    return back < start if backward else back > start


def random_expression(rng):
    def column(low, high, names=()):
        def value():
            if names and rng.random() < 0.3:
                return rng.choice(names)
            return str(rng.randint(low, high))

        def item():
            kind = rng.random()
            if kind < 0.35:
                return value()
            if kind < 0.6:
                return f"{value()}-{value()}"
            if kind < 0.75:
                return f"{value()}-{value()}/{rng.randint(1, 9)}"
            if kind < 0.9:
                return f"*/{rng.randint(1, 20)}"
            return "*"

        if rng.random() < 0.4:
            return "*"
        return ",".join(item() for _ in range(rng.choice([1, 1, 1, 2, 3])))

    months = "jan feb mar apr may jun jul aug sep oct nov dec".split()
    days = "sun mon tue wed thu fri sat".split()
    columns = [column(0, 59), column(0, 23), column(1, 31), column(1, 12, months)]
    week = column(0, 7, days)
    if rng.random() < 0.15:
        week = rng.choice([f"{rng.choice(days)}#{rng.randint(1, 5)}", f"l{rng.randint(0, 6)}"])
    if rng.random() < 0.15:
        columns[2] = rng.choice(["l", f"{rng.randint(1, 28)},l"])
    columns.append(week)
    if rng.random() < 0.25:
        columns.append(column(0, 59))
    return " ".join(columns)


def record(expression, starts):
    """The entry of one expression, and its contradictions."""
    try:
        croniter(expression, start_time=starts[0])
    except Exception:
        return {"expression": expression, "valid": False}, []
    answers, contradictions = [], []
    for start in starts:
        row = [start.isoformat()]
        for backward in (False, True):
            found = ask(expression, start, backward)
            text = found and found.isoformat()
            if contradicts(expression, start, found, backward):
                direction = "prev" if backward else "next"
                contradictions.append([expression, direction, start.isoformat(), text])
                text = "contradiction"
            row.append(text)
        answers.append(row)
    return {"expression": expression, "valid": True, "answers": answers}, contradictions


def main():
    rng = random.Random(2)
    starts = [datetime.datetime.fromisoformat(text) for text in STARTS]
    base = datetime.datetime(2020, 1, 1)
    entries, contradictions = [], []

    def add(expression, chosen):
        entry, found = record(expression, chosen)
        entries.append(entry)
        contradictions.extend(found)

    for expression in EXPRESSIONS.strip("\n").replace("\n", "|").split("|"):
        add(expression, starts)
    for _ in range(600):
        drawn = [base + datetime.timedelta(seconds=rng.randrange(10 * 365 * 86400)) for _ in range(3)]
        add(random_expression(rng), drawn)

    here = pathlib.Path(__file__).parent
    for name, rows in (("cron-vectors", entries), ("cron-self-contradictions", contradictions)):
        lines = ",\n".join(json.dumps(row) for row in rows)
        (here / f"{name}.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
