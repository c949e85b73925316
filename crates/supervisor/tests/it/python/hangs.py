"""A plugin that never comes to the end of its import."""

import os
import signal

print("this plugin hangs in process", os.getpid(), flush=True)
while True:
    signal.pause()
