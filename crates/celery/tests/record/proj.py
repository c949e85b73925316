"""The tasks of the recordings."""

import os
import time

from celery import Celery
from celery.exceptions import Ignore, Reject

app = Celery("proj", broker=os.environ["RECORD_BROKER"], backend=os.environ["RECORD_BROKER"])
app.conf.update(task_track_started=True, task_acks_late=True, task_send_sent_event=True, worker_send_task_events=True)


@app.task
def add(x, y):
    return x + y


@app.task
def fail(text):
    raise ValueError(text)


@app.task(bind=True, max_retries=1)
def again(self):
    raise self.retry(exc=KeyError("again"), countdown=0)


@app.task
def nap(seconds):
    time.sleep(seconds)


@app.task
def reject():
    raise Reject("no", requeue=False)


@app.task
def ignore():
    raise Ignore()
