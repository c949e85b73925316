"""Fan out over the parts of a text, count words in each, and merge the counts.

One task group a chapter, each of them split into cleaning and counting, and one task that waits for all.
The pool of a chapter's tasks is the default one; `max_active_tasks` keeps the DAG from taking more than
three slots of it, however many chapters there are.
"""

from __future__ import annotations

from collections import Counter

import pendulum
from airflow.decorators import dag, task, task_group

CHAPTERS = {
    "morning": "The wind rises at dawn. The glider waits; the pilot waits for the wind.",
    "noon": "Warm air lifts the glider, and the pilot turns where the air rises.",
    "evening": "The air cools. The wind falls, the glider lands, and the pilot sleeps.",
}


@dag(
    schedule="@daily",
    start_date=pendulum.datetime(2024, 1, 1, tz="Asia/Seoul"),
    catchup=False,
    max_active_tasks=3,
    tags=["example"],
    doc_md=__doc__,
)
def word_count():
    @task
    def clean(text: str) -> list[str]:
        return ["".join(filter(str.isalpha, word)).lower() for word in text.split()]

    @task
    def count(words: list[str]) -> dict[str, int]:
        return dict(Counter(words))

    @task
    def merge(counts: list[dict[str, int]]) -> list[list]:
        total: Counter[str] = Counter()
        for chapter in counts:
            total.update(chapter)
        best = [[word, number] for word, number in total.most_common(3)]
        print("the most frequent words:", ", ".join(f"{word} ({number})" for word, number in best))
        return best

    def chapter(name: str, text: str):
        @task_group(group_id=name)
        def work():
            return count(clean(text))

        return work()

    merge([chapter(name, text) for name, text in CHAPTERS.items()])


word_count()
