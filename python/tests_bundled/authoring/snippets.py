"""Pieces of DAG files, for what Airflow makes of them and for its errors.

Each leaves its answer in `result`. `record/authoring.py` writes down what stock answers; `test_authoring.py` compares.
"""

PREAMBLE = """
import datetime, warnings
from datetime import timedelta
import pendulum
from airflow import DAG
from airflow.decorators import dag, setup, task, task_group, teardown
from airflow.models.baseoperator import BaseOperator, chain, chain_linear, cross_downstream
from airflow.models.param import Param, ParamsDict
from airflow.operators.bash import BashOperator
from airflow.operators.empty import EmptyOperator
from airflow.operators.python import PythonOperator
from airflow.utils.edgemodifier import Label
from airflow.utils.task_group import TaskGroup
START = datetime.datetime(2024, 1, 1)

def edges(dag):
    return {task.task_id: sorted(task.downstream_task_ids) for task in dag.tasks}

def empties(*names):
    return [EmptyOperator(task_id=name) for name in names]
"""

SNIPPETS = {
    # Arguments of operators
    "unknown argument": "BashOperator(task_id='t', bash_command='true', retires=2)",
    "missing argument": "BashOperator(task_id='t')",
    "two missing arguments": """
class Two(BaseOperator):
    def __init__(self, *, one, two, **kwargs):
        super().__init__(**kwargs)
Two(task_id='t')""",
    "positional arguments": "BashOperator('t', 'true')",
    "no task_id": "EmptyOperator()",
    "task_id that is no text": "EmptyOperator(task_id=3)",
    "task_id with a space": "EmptyOperator(task_id='a b')",
    "long task_id": "EmptyOperator(task_id='a' * 251)",
    "unknown trigger rule": "EmptyOperator(task_id='t', trigger_rule='most_success')",
    "unknown weight rule": "EmptyOperator(task_id='t', weight_rule='sideways')",
    "retries that are no number": "EmptyOperator(task_id='t', retries='many')",
    "retries as text": "result = EmptyOperator(task_id='t', retries='3').retries",
    "no retries": "result = EmptyOperator(task_id='t', retries=None).retries",
    "email of a wrong type": "EmptyOperator(task_id='t', email=3)",
    "depends_on_past of a wrong type": "EmptyOperator(task_id='t', depends_on_past='yes')",
    "priority_weight of a wrong type": "EmptyOperator(task_id='t', priority_weight='3')",
    "execution_timeout of a wrong type": "EmptyOperator(task_id='t', execution_timeout=3)",
    "retry_delay of a wrong type": "EmptyOperator(task_id='t', retry_delay='3')",
    "retry_delay in seconds": "result = EmptyOperator(task_id='t', retry_delay=3).retry_delay.total_seconds()",
    "no pool slots": "EmptyOperator(task_id='t', pool_slots=0)",
    "wait_for_downstream": "result = EmptyOperator(task_id='t', wait_for_downstream=True).depends_on_past",
    "a dag of a wrong type": "EmptyOperator(task_id='t', dag='d')",
    "default_args of a wrong type": "EmptyOperator(task_id='t', default_args=[1])",
    "params of a wrong type": "EmptyOperator(task_id='t', params=[1])",
    "the dag of a task without one": "EmptyOperator(task_id='t').dag",
    "resources": "result = EmptyOperator(task_id='t', resources={'cpus': 2}).resources.to_dict()",
    "negative resources": "EmptyOperator(task_id='t', resources={'cpus': -2})",
    "defaults": """
t = EmptyOperator(task_id='t')
names = '''owner email email_on_retry email_on_failure retries retry_exponential_backoff max_retry_delay
depends_on_past ignore_first_depends_on_past wait_for_past_depends_before_skipping wait_for_downstream priority_weight
queue pool pool_slots sla execution_timeout run_as_user max_active_tis_per_dag max_active_tis_per_dagrun executor
executor_config do_xcom_push multiple_outputs inlets outlets map_index_template is_setup is_teardown task_display_name
label node_id dag_id task_type operator_name start_date end_date ui_color ui_fgcolor'''.split()
result = {name: getattr(t, name) for name in names}
result['trigger_rule'] = str(t.trigger_rule)
result['retry_delay'] = t.retry_delay.total_seconds()""",
    "old trigger rules": """
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    result = [str(EmptyOperator(task_id='t', trigger_rule=rule).trigger_rule)
              for rule in ('dummy', 'none_failed_or_skipped', 'always')]""",
    "task_concurrency": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    t = EmptyOperator(task_id='t', task_concurrency=3)
result = [t.max_active_tis_per_dag, [w.category.__name__ for w in caught]]""",
    # default_args
    "default_args of the DAG": """
with DAG('d', schedule=None, default_args={'retries': 3, 'owner': 'me', 'bash_command': 'true', 'unknown': 1}):
    t = BashOperator(task_id='t', owner='you')
result = [t.retries, t.owner, t.bash_command]""",
    "default_args of groups": """
with DAG('d', schedule=None, default_args={'retries': 1, 'owner': 'dag'}):
    with TaskGroup('g', default_args={'retries': 2}):
        with TaskGroup('h', default_args={'owner': 'h'}):
            t = EmptyOperator(task_id='t')
        u = EmptyOperator(task_id='u', default_args={'retries': 9})
result = [t.retries, t.owner, u.retries, u.owner]""",
    "default_args are copied": """
arguments = {'owner': 'me', 'params': {'a': 1}}
d = DAG('d', schedule=None, default_args=arguments)
d.default_args['owner'] = 'you'
result = [arguments['owner'], sorted(d.default_args), d.params.dump()]""",
    "params of DAG and task": """
with DAG('d', schedule=None, params={'a': 1, 'b': Param(2, type='integer')}, default_args={'params': {'c': 3}}):
    t = EmptyOperator(task_id='t', params={'a': 5})
    u = EmptyOperator(task_id='u')
result = [t.params.dump(), u.params.dump()]""",
    "default_args that are no dict": "DAG('d', schedule=None, default_args=[1])",
    "start_date in default_args": """
with DAG('d', schedule='@daily', default_args={'start_date': '2024-01-01', 'end_date': '2024-02-01'}) as d:
    t = EmptyOperator(task_id='t')
result = [str(t.start_date), str(t.end_date), str(d.start_date), d.timezone.name]""",
    "dates of a task within those of its DAG": """
late = datetime.datetime(2024, 6, 1)
with DAG('d', schedule='@daily', start_date=START, end_date=late) as d:
    t = EmptyOperator(task_id='t', start_date=datetime.datetime(2023, 1, 1), end_date=datetime.datetime(2025, 1, 1))
result = [str(t.start_date), str(t.end_date)]""",
    "time zone of the start date": """
d = DAG('d', schedule='0 3 * * *', start_date=pendulum.datetime(2024, 1, 1, tz='Europe/Paris'))
result = [d.timezone.name, str(d.start_date), type(d.start_date).__name__]""",
    # DAG arguments
    "dag_id with a slash": "DAG('a/b', schedule=None)",
    "dag_id of a wrong type": "DAG(5, schedule=None)",
    "schedule without a start": "DAG('d', schedule='@daily')",
    "two schedules": "DAG('d', start_date=START, schedule='@daily', schedule_interval='@daily')",
    "schedule of a wrong type": "DAG('d', start_date=START, schedule=5)",
    "schedule of wrong items": "DAG('d', start_date=START, schedule=['a', 'b'])",
    "wrong cron": "DAG('d', start_date=START, schedule='61 * * * *').validate()",
    "words for cron": "DAG('d', start_date=START, schedule='every day').validate()",
    "negative timedelta": "DAG('d', start_date=START, schedule=timedelta(days=-1)).validate()",
    "wrong view": "DAG('d', schedule=None, default_view='forest')",
    "wrong orientation": "DAG('d', schedule=None, orientation='UP')",
    "tags of a wrong type": "DAG('d', schedule=None, tags='a')",
    "long tag": "DAG('d', schedule=None, tags=['a' * 101])",
    "catchup of a wrong type": "DAG('d', schedule=None, catchup='no')",
    "max_active_runs of a wrong type": "DAG('d', schedule=None, max_active_runs='1')",
    "dagrun_timeout of a wrong type": "DAG('d', schedule=None, dagrun_timeout=5)",
    "negative failed runs": "DAG('d', schedule=None, max_consecutive_failed_dag_runs=-1)",
    "continuous with many runs": "DAG('d', start_date=START, schedule='@continuous')",
    "wrong owner link": "DAG('d', schedule=None, owner_links={'me': 'no link'})",
    "good owner links": """
result = DAG('d', schedule=None, owner_links={'me': 'https://me.example', 'you': 'mailto:you@x.example'}).owner_links""",
    "unknown argument of DAG": "DAG('d', schedule=None, shedule='@daily')",
    "fail_stop with another trigger rule": """
with DAG('d', schedule=None, fail_stop=True):
    EmptyOperator(task_id='t', trigger_rule='all_done')""",
    "deprecated arguments of DAG": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    d = DAG('d', start_date=START, schedule_interval='@daily', concurrency=3, full_filepath='x', default_view='tree')
result = [d.max_active_tasks, d.default_view, d.schedule_interval, sorted(w.category.__name__ for w in caught)]""",
    "a DAG without a schedule": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    d = DAG('d', start_date=START)
result = [d.timetable.summary, str(d.schedule_interval), [w.category.__name__ for w in caught]]""",
    "defaults of DAG": """
d = DAG('d', schedule=None)
names = '''max_active_tasks max_active_runs max_consecutive_failed_dag_runs dagrun_timeout default_view orientation
catchup doc_md is_paused_upon_creation render_template_as_native_obj tags owner_links auto_register fail_stop
dag_display_name description access_control start_date end_date partial fail_stop safe_dag_id is_subdag
has_on_success_callback has_on_failure_callback'''.split()
result = {name: getattr(d, name) for name in names}""",
    "schedules": """
from airflow.datasets import Dataset, DatasetAlias
from airflow.timetables.trigger import CronTriggerTimetable
from dateutil.relativedelta import relativedelta
result = []
for schedule in (None, '@once', '@daily', '@weekly', '5 4 * * *', timedelta(hours=2), relativedelta(months=1),
                 [Dataset('s3://a')], Dataset('a') | Dataset('b'), DatasetAlias('x'),
                 CronTriggerTimetable('@daily', timezone='UTC')):
    d = DAG('d', start_date=START, schedule=schedule)
    t = d.timetable
    result.append([type(t).__name__, t.summary, str(d.schedule_interval), t.can_be_scheduled, t.periodic,
                   t.description, t.dataset_condition.as_expression()])""",
    # The graph
    "arrows": """
with DAG('d', schedule=None) as d:
    a, b, c, e, f = empties(*'abcef')
    a >> [b, c] >> e
    f << [a, e]
    [b, c] << f if False else None
result = edges(d)""",
    "arrow to something else": """
with DAG('d', schedule=None):
    EmptyOperator(task_id='t') >> 'u'""",
    "arrow between DAGs": """
a = EmptyOperator(task_id='a', dag=DAG('a', schedule=None))
b = EmptyOperator(task_id='b', dag=DAG('b', schedule=None))
a >> b""",
    "arrow without a DAG": "EmptyOperator(task_id='a') >> EmptyOperator(task_id='b')",
    "arrow that brings the DAG": """
d = DAG('d', schedule=None)
EmptyOperator(task_id='a', dag=d) >> EmptyOperator(task_id='b')
result = edges(d)""",
    "same id twice": """
with DAG('d', schedule=None):
    empties('a', 'a')""",
    "group with the id of a task": """
with DAG('d', schedule=None):
    EmptyOperator(task_id='a')
    TaskGroup('a')""",
    "cycle": """
from airflow.utils.dag_cycle_tester import check_cycle
with DAG('d', schedule=None) as d:
    a, b = empties('a', 'b')
    a >> b >> a
check_cycle(d)""",
    "chain": """
with DAG('d', schedule=None) as d:
    a, b, c, e, f = empties(*'abcef')
    chain(a, [b, c], [e, f])
result = edges(d)""",
    "chain of unequal lists": """
with DAG('d', schedule=None) as d:
    a, b, c, e, f = empties(*'abcef')
    chain([a, b], [c, e, f])""",
    "chain of something else": """
with DAG('d', schedule=None) as d:
    chain([EmptyOperator(task_id='a')], 3)""",
    "chain_linear": """
with DAG('d', schedule=None) as d:
    a, b, c, e, f = empties(*'abcef')
    chain_linear(a, [b, c], [e, f])
result = edges(d)""",
    "chain_linear of nothing": "chain_linear()",
    "chain_linear of one": """
with DAG('d', schedule=None) as d:
    chain_linear(EmptyOperator(task_id='a'))""",
    "chain_linear with a label": """
with DAG('d', schedule=None) as d:
    a, b = empties('a', 'b')
    chain_linear(a, Label('x'), b)""",
    "cross_downstream": """
with DAG('d', schedule=None) as d:
    a, b, c, e = empties(*'abce')
    cross_downstream([a, b], [c, e])
result = edges(d)""",
    "labels": """
with DAG('d', schedule=None) as d:
    a, b, c, e = empties(*'abce')
    with TaskGroup('g') as g:
        f = EmptyOperator(task_id='f')
    a >> Label('one') >> [b, c]
    e << Label('two') << b
    c >> Label('three') >> g
    chain(a, Label('four'), e)
result = d.edge_info""",
    "label beside something else": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='a') >> Label('x') >> 3""",
    "groups": """
with DAG('d', schedule=None) as d:
    a, z = empties('a', 'z')
    with TaskGroup('g') as g:
        b, c = empties('b', 'c')
        b >> c
        with TaskGroup('h', prefix_group_id=False) as h:
            e = EmptyOperator(task_id='e')
        c >> h
    a >> g >> z
result = [edges(d), g.group_id, h.group_id, [t.task_id for t in g.get_roots()], [t.task_id for t in g.get_leaves()],
          sorted(g.upstream_task_ids), sorted(g.downstream_task_ids), sorted(map(str, g.used_group_ids)),
          [n.node_id for n in d.topological_sort()], [n.node_id for n in d.task_group.topological_sort()], b.label]""",
    "group outside of a DAG": "TaskGroup('g')",
    "group with a dot": """
with DAG('d', schedule=None):
    TaskGroup('a.b')""",
    "group of a wrong type": """
with DAG('d', schedule=None):
    TaskGroup('g', tooltip=3)""",
    "same group twice": """
with DAG('d', schedule=None):
    TaskGroup('g'); TaskGroup('g')""",
    "suffix of groups": """
with DAG('d', schedule=None):
    result = [TaskGroup('g', add_suffix_on_collision=True).group_id for _ in range(3)]""",
    "part of a DAG": """
with DAG('d', schedule=None) as d:
    a, b, c, e = empties(*'abce')
    with TaskGroup('g'):
        f = EmptyOperator(task_id='f')
    a >> b >> c >> f
    a >> e
p = d.partial_subset('^b$', include_downstream=True)
q = d.partial_subset(['c'], include_upstream=False, include_direct_upstream=True)
result = [edges(p), p.partial, sorted(p.task_group.children), edges(q), edges(d), p.task_dict['b'] is b]""",
    "relatives": """
with DAG('d', schedule=None) as d:
    a, b, c = empties(*'abc')
    a >> b >> c
    b.priority_weight = 5
result = [sorted(c.get_flat_relative_ids(upstream=True)), sorted(t.task_id for t in a.get_flat_relatives()),
          a.priority_weight_total, c.priority_weight_total, [t.task_id for t in d.roots], [t.task_id for t in d.leaves]]""",
    "get_task": "DAG('d', schedule=None).get_task('t')",
    # TaskFlow
    "task": """
@dag(schedule=None, start_date=START, tags=['a'])
def flow(x=1):
    'What it does.'
    @task
    def one(): return 1
    @task(retries=3, multiple_outputs=True)
    def two(a, b=2, ds=None):
        'Two.'
    r = two(one(), b=x)
    BashOperator(task_id='three', bash_command=f"echo {r['k']}", env={'x': r})
d = flow()
two = d.task_dict['two']
result = [edges(d), d.doc_md, d.dag_id, d.params.dump(), two.retries, two.multiple_outputs, two.doc_md, two.operator_name,
          d.task_dict['three'].bash_command, str(two.op_args[0])]""",
    "unknown argument of @dag": "dag(shedule='@daily')",
    "@dag without parentheses": """
@dag
def flow(): ...
result = callable(flow)""",
    "parameters of @dag": """
@dag('named', 'about it', schedule=None, params={'z': 1})
def flow(x, y=Param(2, type='integer')):
    @task
    def one(a): ...
    one(x)
d = flow(5)
result = [d.dag_id, d.description, d.params.dump(), type(d.task_dict['one'].op_args[0]).__name__]""",
    "multiple outputs by annotation": """
from typing import Dict
with DAG('d', schedule=None):
    @task
    def a() -> Dict[str, int]: ...
    @task
    def b() -> dict: ...
    @task
    def c() -> int: ...
    @task
    def e() -> 'dict[str, int]': ...
    result = [f().operator.multiple_outputs for f in (a, b, c, e)]""",
    "numbered tasks": """
with DAG('d', schedule=None) as d:
    @task
    def a(): ...
    a(); a(); a()
    with TaskGroup('g'):
        a(); a()
    a.override(task_id='b')()
result = list(d.task_dict)""",
    "task with a wrong argument": """
with DAG('d', schedule=None):
    @task
    def a(x): ...
    a(1, 2)""",
    "task with a missing argument": """
with DAG('d', schedule=None):
    @task
    def a(x): ...
    a()""",
    "context key with a default": """
with DAG('d', schedule=None):
    @task
    def a(ds='2024'): ...
    a()""",
    "context key before others": """
with DAG('d', schedule=None):
    @task
    def a(ds, x): ...
    a(x=1)""",
    "task of a method": """
class A:
    @task
    def a(self): ...""",
    "task with a positional argument": """
@task('a')
def a(): ...""",
    "no such decorator": "task.crab",
    "iterating a result": """
with DAG('d', schedule=None):
    @task
    def a(): ...
    for x in a(): pass""",
    "index of a result": """
with DAG('d', schedule=None):
    @task
    def a(): ...
    a()[0]""",
    "dag.task": """
with DAG('d', schedule=None) as d:
    pass
@d.task
def a(): ...
a()
result = list(d.task_dict)""",
    "results of operators": """
with DAG('d', schedule=None) as d:
    a = BashOperator(task_id='a', bash_command='true')
    b = PythonOperator(task_id='b', python_callable=print, op_args=[a.output], op_kwargs={'x': {'y': [a.output['k']]}})
    c = BashOperator(task_id='c', bash_command='true')
    c.bash_command = b.output
result = [edges(d), str(a.output), repr(a.output), str(a.output['k']), a.output == a.output]""",
    "run_if without a task": """
@task.run_if(lambda context: True)
def a(): ...""",
    "task_group": """
with DAG('d', schedule=None) as d:
    @task
    def t(x): return x
    @task_group
    def g(x):
        'A group.'
        return t(t(x))
    @task_group(group_id='named', tooltip='x')
    def h():
        t(1)
    h() << g(1)
    g(2)
result = [edges(d), d.task_group.children['g'].tooltip, sorted(d.task_group.children)]""",
    "task_group with an unknown argument": """
@task_group(colour='red')
def g(): ...""",
    # Mapping
    "expand": """
with DAG('d', schedule=None, default_args={'retries': 2}) as d:
    @task
    def t(x, y=1): return [x]
    a = t.partial(y=2).expand(x=[1, 2, 3])
    b = t.override(task_id='b').expand(x=a, y={'k': 1})
    c = BashOperator.partial(task_id='c', retry_delay=5).expand(bash_command=['a', 'b'], env=[{}, {}, {}])
    e = PythonOperator.partial(task_id='e', python_callable=print).expand_kwargs([{'op_args': [1]}, b])
m = d.task_dict['c']
result = [edges(d), m.retries, m.retry_delay.total_seconds(), m.get_parse_time_mapped_ti_count(), repr(m),
          d.task_dict['t'].get_parse_time_mapped_ti_count(), m.owner, m.pool, m.trigger_rule.value, m.task_type]""",
    "expand over nothing": "BashOperator.partial(task_id='c').expand()",
    "expand over text": "BashOperator.partial(task_id='c').expand(bash_command='a')",
    "expand an unknown argument": "BashOperator.partial(task_id='c').expand(bsh=['a'])",
    "partial with an unknown argument": "BashOperator.partial(task_id='c', bsh='a')",
    "expand what is partial": "BashOperator.partial(task_id='c', bash_command='a').expand(bash_command=['a'])",
    "partial of a task": "EmptyOperator(task_id='c').partial(task_id='d')",
    "expand with an sla": """
with DAG('d', schedule=None):
    BashOperator.partial(task_id='c', sla=timedelta(1)).expand(bash_command=['a'])""",
    "expand_kwargs over numbers": "BashOperator.partial(task_id='c').expand_kwargs([1])",
    "expand over another key": """
with DAG('d', schedule=None):
    a = BashOperator(task_id='a', bash_command='')
    BashOperator.partial(task_id='c').expand(bash_command=a.output['k'])""",
    "expand a function over text": """
with DAG('d', schedule=None):
    @task
    def t(x): ...
    t.expand(x='abc')""",
    "expand a function over an unknown argument": """
with DAG('d', schedule=None):
    @task
    def t(x): ...
    t.expand(y=[1])""",
    "expand a context key": """
with DAG('d', schedule=None):
    @task
    def t(ds=None): ...
    t.expand(ds=[1])""",
    "partial twice": """
with DAG('d', schedule=None):
    @task
    def t(x, y): ...
    t.partial(x=1).partial(x=2)""",
    "map, zip and concat": """
with DAG('d', schedule=None) as d:
    @task
    def t(x): return [x]
    a, b = t(1), t(2)
    c = t.expand(x=a.zip(b, fillvalue=3).map(str))
    e = t.expand(x=a.concat(b).map(len))
result = [edges(d), repr(a.zip(b, fillvalue=3)), repr(a.concat(b))]""",
    "map of a task": """
with DAG('d', schedule=None) as d:
    @task
    def t(x): return [x]
    t(1).map(t)""",
    "mapped group": """
with DAG('d', schedule=None) as d:
    @task
    def t(x): return [x]
    @task_group
    def g(x, y):
        return t(x) >> t(y)
    g.partial(y=1).expand(x=t(0))
t = d.task_dict['g.t']
result = [edges(d), t.get_closest_mapped_task_group().group_id, t.get_needs_expansion()]""",
    "mapped task in a mapped group": """
with DAG('d', schedule=None) as d:
    @task
    def t(x): return [x]
    @task_group
    def g(x):
        t.expand(x=[1])
    g.expand(x=[1])""",
    # Setup and teardown
    "setup and teardown": """
with DAG('d', schedule=None) as d:
    s, w, x, t = empties(*'swxt')
    s >> w >> x >> t.as_teardown(setups=s)
    @setup
    def make(): ...
    @teardown(on_failure_fail_dagrun=True)
    def drop(): ...
    with make() >> drop() as scope:
        y = EmptyOperator(task_id='y')
        scope.add_task(w)
    n = EmptyOperator(task_id='n')
result = [edges(d), s.is_setup, t.is_teardown, str(t.trigger_rule), d.task_dict['drop'].on_failure_fail_dagrun,
          [i.task_id for i in d.teardowns]]""",
    "nested setup and teardown": """
with DAG('d', schedule=None) as d:
    a, b, c, e = empties('s1', 's2', 't1', 't2')
    with a.as_setup() >> c.as_teardown():
        w = EmptyOperator(task_id='w1')
        with b.as_setup() >> e.as_teardown():
            x, y = empties('w2', 'w3')
            x >> y
        z = EmptyOperator(task_id='w4')
        w >> z
result = edges(d)""",
    "with of a plain task": """
with DAG('d', schedule=None) as d:
    with EmptyOperator(task_id='a'): pass""",
    "setup that is teardown": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='a').as_setup().as_teardown()""",
    "on_failure_fail_dagrun of a plain task": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='a').on_failure_fail_dagrun = True""",
    "setup before another trigger rule": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='a').as_setup() >> EmptyOperator(task_id='b', trigger_rule='all_done')
d.validate()""",
    "setup of a group": """
@setup
@task_group
def g(): ...""",
    "teardown with a trigger rule": """
with DAG('d', schedule=None) as d:
    @teardown
    @task(trigger_rule='all_done')
    def t(): ...
    t()""",
    # Params
    "valid params": """
p = ParamsDict({
    'a': Param(5, type='integer', minimum=1, maximum=9), 'b': Param(None, type=['null', 'string']), 'c': 'plain',
    'd': Param('x', enum=['x', 'y']), 'e': Param(['a'], type='array', items={'type': 'string'}),
    'f': Param({'k': 1}, type='object', properties={'k': {'type': 'integer'}}), 'g': Param('2024-01-31', format='date'),
    'h': Param('2024-01-31T00:00:00+00:00', format='date-time'), 'i': Param('12:30:00', type='string', format='time'),
    'j': Param(True, type='boolean'), 'k': Param(1.5, type='number', multipleOf=0.5), 'l': Param('a@b', format='email'),
})
result = p.validate()""",
    "integer as text": "ParamsDict({'a': Param('5', type='integer')}).validate()",
    "boolean as integer": "ParamsDict({'a': Param(True, type='integer')}).validate()",
    "too small": "ParamsDict({'a': Param(0, type='integer', minimum=1)}).validate()",
    "too long": "ParamsDict({'a': Param('abc', maxLength=2)}).validate()",
    "not in the list": "ParamsDict({'a': Param('z', enum=['x'])}).validate()",
    "no match": "ParamsDict({'a': Param('z', pattern='^a')}).validate()",
    "wrong date": "ParamsDict({'a': Param('2024-02-31', format='date')}).validate()",
    "wrong date-time": "ParamsDict({'a': Param('yesterday', format='date-time')}).validate()",
    "old date-time": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    value = ParamsDict({'a': Param('2024-01-31 00:00:00', format='date-time')}).validate()
result = [value, sorted({w.category.__name__ for w in caught})]""",
    "wrong item": "ParamsDict({'a': Param([1], type='array', items={'type': 'string'})}).validate()",
    "missing property": "ParamsDict({'a': Param({}, type='object', required=['k'])}).validate()",
    "true is not 1": """
values = [([1, True], {'uniqueItems': True}), ([1, 1.0], {'uniqueItems': True}), ([True], {'enum': [[1]]}),
          ({'a': True}, {'const': {'a': 1}}), (1.0, {'type': 'integer'}), (True, {'enum': [1]})]
result = [Param(value, **schema).resolve(suppress_exception=True) for value, schema in values]""",
    "anyOf": """
p = Param(3, anyOf=[{'type': 'string'}, {'type': 'integer'}])
result = p.resolve()""",
    "no anyOf": "Param(3.5, anyOf=[{'type': 'string'}, {'type': 'integer'}]).resolve()",
    "param without a value": "ParamsDict({'a': Param(type='string')}).validate()",
    "param without a value, of a DAG with a schedule": """
DAG('d', start_date=START, schedule='@daily', params={'a': Param(type='string')})""",
    "param without a value, of a DAG without a schedule": """
result = DAG('d', schedule=None, params={'a': Param(type='string')}).params.dump()""",
    "wrong default, of a DAG with a schedule": """
DAG('d', start_date=START, schedule='@daily', params={'a': Param(1, type='string')})""",
    "setting a param": """
p = ParamsDict({'a': Param(1, type='integer')})
p['a'] = 2
p.update({'b': 3})
result = [p['a'], p['b'], len(p), 'a' in p, p == {'a': 2, 'b': 3}, sorted(p), p.get_param('a').schema]""",
    "setting a param wrongly": """
p = ParamsDict({'a': Param(1, type='integer')})
p['a'] = 'x'""",
    "param that is not JSON": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    Param({1, 2})
result = [w.category.__name__ for w in caught]""",
    "dump of a param": "result = Param(1, 'x', type='integer').dump()",
    # Datasets
    "uris": """
from airflow.datasets import Dataset
result = [Dataset(uri).uri for uri in ('s3://b/k/', 'plain', 'S3://b?b=1&a=2#f', 'x-my:A//', 'file:///a/', 'ftp://h')]""",
    "empty uri": """
from airflow.datasets import Dataset
Dataset('')""",
    "uri with other characters": """
from airflow.datasets import Dataset
Dataset('s3://ü')""",
    "reserved uri": """
from airflow.datasets import Dataset
Dataset('airflow://x')""",
    "uri with a password": """
from airflow.datasets import Dataset
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    uri = Dataset('ftp://u:p@h/x').uri
result = [uri, [w.category.__name__ for w in caught]]""",
    "conditions": """
from airflow.datasets import Dataset
a, b, c = (Dataset(name) for name in 'abc')
condition = (a | b) & c
result = [condition.as_expression(), condition.evaluate({'a': True, 'c': True}), condition.evaluate({'a': True}),
          [uri for uri, _ in condition.iter_datasets()], repr(a), a == Dataset('a'), bool(a)]""",
    "condition with something else": """
from airflow.datasets import Dataset
Dataset('a') | 3""",
    "metadata": """
from airflow.datasets import Dataset
from airflow.datasets.metadata import Metadata
m = Metadata(Dataset('a'), {'x': 1}, alias='z')
result = [m.uri, m.extra, m.alias_name]""",
    # Timetables
    "next runs": """
result = []
paris = pendulum.timezone('Europe/Paris')
for schedule, start in (('15 3 * * *', START), ('@monthly', START), (timedelta(hours=7), START), ('@once', START),
                        ('30 2 * * *', datetime.datetime(2024, 3, 29, tzinfo=paris)), ('0 0 L * *', START),
                        ('30 2 * * *', datetime.datetime(2024, 10, 26, tzinfo=paris)), ('0 */6 * * *', START),
                        ('0 * * * *', datetime.datetime(2024, 10, 26, 22, tzinfo=paris)), ('0 0 * * 5#2', START),
                        ('0 12 1,15 * 1', START), ('0 4-4 * * *', START), ('0 0 4 * 1,*', START), ('0 0 1 12/7 *', START),
                        ('0 22-3 * * fri-mon', START), ('5/20 * * * 7', START), ('0 0 29 2 *', START),
                        ('*/20 8-9 * 2 mon-fri', START)):
    d = DAG('d', schedule=schedule, start_date=start, catchup=True)
    info, found = d.next_dagrun_info(None), []
    while info and len(found) < 5:
        found.append([str(info.run_after), str(info.data_interval.start), str(info.data_interval.end)])
        info = d.next_dagrun_info(info.data_interval)
    manual = d.timetable.infer_manual_data_interval(run_after=pendulum.datetime(2024, 5, 17, 13, 45))
    result.append([schedule if isinstance(schedule, str) else 'delta', found, str(manual.start), str(manual.end)])""",
    "runs between": """
d = DAG('d', schedule='0 6 * * 1', start_date=START)
result = [str(i.logical_date) for i in d.iter_dagrun_infos_between(pendulum.datetime(2024, 1, 3),
          pendulum.datetime(2024, 2, 1), align=False)]""",
    "trigger timetable": """
from airflow.timetables.trigger import CronTriggerTimetable
d = DAG('d', schedule=CronTriggerTimetable('0 6 * * 1', timezone='Europe/Paris', interval=timedelta(days=1)),
        start_date=START, catchup=True)
info = d.next_dagrun_info(None)
result = [str(info.run_after), str(info.data_interval.start), str(d.next_dagrun_info(info.data_interval).run_after)]""",
    "events": """
from airflow.timetables.events import EventsTimetable
t = EventsTimetable([pendulum.datetime(2024, 3, 2), pendulum.datetime(2024, 3, 1)], restrict_to_events=True)
d = DAG('d', schedule=t, start_date=START, catchup=True)
info = d.next_dagrun_info(None)
result = [str(info.run_after), t.summary, t.description, t.serialize(), str(d.next_dagrun_info(info.data_interval).run_after),
          str(t.infer_manual_data_interval(run_after=pendulum.datetime(2024, 3, 1, 12)).start)]""",
    "dataset or time": """
from airflow.datasets import Dataset
from airflow.timetables.datasets import DatasetOrTimeSchedule
from airflow.timetables.trigger import CronTriggerTimetable
t = DatasetOrTimeSchedule(timetable=CronTriggerTimetable('@daily', timezone='UTC'), datasets=[Dataset('a')])
d = DAG('d', schedule=t, start_date=START)
result = [t.summary, t.description, d.timetable.dataset_condition.as_expression(), t.can_be_scheduled]""",
    # Small things
    "run types": """
from airflow.utils.types import DagRunType
result = [DagRunType.MANUAL.generate_run_id(pendulum.datetime(2024, 1, 1)), DagRunType.from_run_id('backfill__x'),
          str(DagRunType.from_run_id('x'))]""",
    "time zones": """
from airflow.utils import timezone
result = [str(timezone.convert_to_utc(START)), str(timezone.parse('2024-01-01T02:00:00+02:00')), timezone.is_naive(START),
          str(timezone.make_aware(START)), str(timezone.make_naive(pendulum.datetime(2024, 1, 1))),
          timezone.td_format(timedelta(days=2, hours=3, seconds=4)), str(timezone.coerce_datetime(START)),
          timezone.utc.name, timezone.td_format(timedelta(days=400)), timezone.td_format(30)]""",
    "make_aware of an aware date": """
from airflow.utils import timezone
timezone.make_aware(pendulum.datetime(2024, 1, 1))""",
    "helpers": """
from airflow.utils import helpers as h
result = [list(h.chunks([1, 2, 3], 2)), h.as_flattened_list([[1], [2, 3]]), h.convert_camel_to_snake('LocalTaskJob'),
          h.merge_dicts({'a': {'b': 1}}, {'a': {'c': 2}}), h.exactly_one(1, 0), h.at_most_one(0, None),
          h.prune_dict({'a': None, 'b': {'c': None, 'd': 1}, 'e': [None, 1]}), h.as_tuple('a'), h.is_container([1]),
          [list(x) for x in h.partition(lambda x: x > 1, [1, 2])]]""",
    "states": """
from airflow.utils.state import State
result = [sorted(map(str, State.finished)), sorted(map(str, State.unfinished)), State.color('failed'), State.color_fg('failed')]""",
    "old imports": """
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    from airflow.operators.bash_operator import BashOperator as B
    from airflow.operators.dummy import DummyOperator as E
result = [B is BashOperator, E is EmptyOperator, {w.category.__name__ for w in caught} == {'DeprecationWarning'}]""",
    "days_ago": """
from airflow.utils.dates import days_ago
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter('always')
    date = days_ago(2)
result = [date.hour, date.minute, date.tzinfo is not None, [w.category.__name__ for w in caught]]""",
    "execute of a nested operator": """
class Outer(BaseOperator):
    def execute(self, context):
        return BashOperator(task_id='x', bash_command='true', allow_nested_operators=False).execute(context)
from airflow.models.baseoperator import ExecutorSafeguard
ExecutorSafeguard.test_mode = False
t = Outer(task_id='t', allow_nested_operators=False)
t.execute({})""",
    "execute without a context": """
class Forgetful(BaseOperator):
    def execute(self):
        return 1
t = Forgetful(task_id='t')
t.execute({}, Forgetful__sentinel=__import__('airflow.models.base', fromlist=['x'])._sentinel)""",
    "no execute": "BaseOperator(task_id='t').execute({})",
    "unknown executor": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='t', executor='NoExecutor')
d.validate()""",
    "executor that is not configured": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='t', executor='LocalExecutor')
d.validate()""",
    "executor that is configured": """
with DAG('d', schedule=None) as d:
    EmptyOperator(task_id='t', executor='SequentialExecutor')
d.validate()
result = d.task_dict['t'].executor""",
    "operator that drops its arguments": """
class Dropping(BashOperator):
    def __init__(self, name, task_id, **kwargs):
        super().__init__(task_id=task_id, bash_command=f'echo {name}')
class Passing(Dropping):
    def __init__(self, more='x', **kwargs):
        super().__init__(name=more, **kwargs)
with DAG('d', schedule=None, params={'a': 1}, default_args={'retries': 2, 'more': 'y', 'owner': 'me'}) as d:
    t = Passing(task_id='t')
result = [t.retries, t.owner, t.bash_command, t.params.dump()]""",
    "operator with params of its own": """
class Own(BashOperator):
    def __init__(self, **kwargs):
        super().__init__(bash_command='true', params={'own': 1}, **kwargs)
with DAG('d', schedule=None) as d:
    result = Own(task_id='t').params.dump()""",
    "operator with a wrapped constructor": """
import functools
def wrapped(init):
    @functools.wraps(init)
    def wrapper(self, *args, **kwargs):
        return init(self, *args, **kwargs)
    return wrapper
class Wrapped(BaseOperator):
    @wrapped
    def __init__(self, *, name, **kwargs):
        super().__init__(**kwargs)
        self.name = name
with DAG('d', schedule=None, default_args={'name': 'n'}) as d:
    result = Wrapped(task_id='t').name
Wrapped(task_id='u', dag=DAG('e', schedule=None))""",
    "template_fields as text": """
class Text(BaseOperator):
    template_fields = 'name'
    name = 'x'
result = list(Text(task_id='t').template_fields)""",
    "xcoms of a list in a field": """
with DAG('d', schedule=None) as d:
    a, b = BashOperator(task_id='a', bash_command=''), BashOperator(task_id='b', bash_command='')
    PythonOperator(task_id='c', python_callable=print, op_args=[[a.output, {'k': (b.output,)}]])
result = edges(d)""",
    "dag set later": """
d = DAG('d', schedule='@daily', start_date=START)
t = EmptyOperator(task_id='t')
t.dag = d
result = [edges(d), str(t.start_date), t.task_group is not None]
t.dag = DAG('e', schedule=None)""",
    "operators are equal": """
d = DAG('d', schedule=None)
a, b = EmptyOperator(task_id='a'), EmptyOperator(task_id='a')
result = [a == b, hash(a) == hash(b), a != EmptyOperator(task_id='c'), repr(a), a == 3]""",
    "copies": """
import copy
with DAG('d', schedule='@daily', start_date=START) as d:
    a, b = empties('a', 'b')
    a >> b
e = copy.deepcopy(d)
f = a.prepare_for_execution()
f.retries = 9
result = [edges(e), e.task_dict['a'].dag is e, e == d, f.retries, a.retries, f.downstream_task_ids == {'b'}]""",
    "notifier": """
from airflow.notifications.basenotifier import BaseNotifier
class N(BaseNotifier):
    template_fields = ('text',)
    def __init__(self, text):
        super().__init__()
        self.text = text
    def notify(self, context):
        told.append([self.text, context['text']])
told = []
with DAG('d', schedule=None, user_defined_macros={'x': 5}) as d:
    N('{{ x }} {{ y }}')({'dag': d, 'y': 6})
result = told""",
}
