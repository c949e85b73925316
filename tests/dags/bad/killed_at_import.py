# A DAG file of airflow that is killed.
import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
