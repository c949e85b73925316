"""What a notifier is."""

from __future__ import annotations

from abc import abstractmethod

from airflow.template.templater import Templater

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class BaseNotifier(Templater):
    """Derive from it and write `notify`; an instance is a callback: `on_failure_callback=MyNotifier(…)`."""

    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = ()

    def __init__(self) -> None:
        super().__init__()
        self.resolve_template_files()

    def _update_context(self, context: Any) -> Any:
        from airflow.utils.context import context_merge

        context_merge(context, ((name, getattr(self, name)) for name in self.template_fields))
        return context

    def _render(self, template: Any, context: Any, dag: Any = None) -> Any:
        return super()._render(template, context, dag or context["dag"])

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        env = jinja_env or self.get_template_env(dag=context["dag"])
        self._do_render_template_fields(self, self.template_fields, context, env, set())

    @abstractmethod
    def notify(self, context: Any) -> None:
        """Tells somebody."""

    def __call__(self, *args: Any) -> None:
        # sla_miss_callback passes five arguments, the others the context.
        names = ("dag", "task_list", "blocking_task_list", "slas", "blocking_tis")
        context = args[0] if len(args) == 1 else dict(zip(names, args))
        self._update_context(context)
        self.render_template_fields(context)
        try:
            self.notify(context)
        except Exception as error:
            # That nobody could be told must not change the state of the task.
            self.log.exception("Failed to send notification: %s", error)
