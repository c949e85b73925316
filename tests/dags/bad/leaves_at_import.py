# A DAG file of airflow that is a program.
import sys

sys.exit("usage: nobody expects this")
