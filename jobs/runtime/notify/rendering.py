"""Render notices from templates: `x.txt`, whose first line is the subject, and `x.html` beside it."""

import re
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from jobs.runtime.errors import BadInput
from jobs.runtime.notify.notice import Notice
from jobs.runtime.storage import object_store

# Of a template that has no HTML.
_AS_IT_IS = "<pre>{{ text }}</pre>"


def of_weir(name: str, values: Mapping[str, object]) -> Notice:
    """A notice by a template of Weir's own."""
    text, html = (
        files("jobs.runtime.notify").joinpath("templates", f"{name}.{kind}").read_text() for kind in ("txt", "html")
    )
    return _written(name, text, html, values)


def of_file(path: str, values: Mapping[str, object]) -> Notice:
    """A notice by somebody's own template, which can do no more than write. Raises BadInput where it cannot be written."""
    beside = f"{path.removesuffix('.txt')}.html"
    return _written(
        path,
        object_store.read_text(path),
        object_store.read_text(beside) if object_store.exists(beside) else _AS_IT_IS,
        values,
    )


def _written(name: str, text: str, html: str, values: Mapping[str, object]) -> Notice:
    """In HTML values are escaped. A subject is one line: a mail would take the next one for another of its heads."""
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    first, _, rest = text.partition("\n")
    try:
        subject, body = (environment.from_string(part).render(values) for part in (first, rest.lstrip("\n")))
        markup = environment.overlay(autoescape=True).from_string(html).render(values, text=body)
    except Exception as error:  # whatever it asks of the values
        raise BadInput(f"the template {name} cannot be written: {_of_template(error)}") from error
    if not subject.strip():
        raise BadInput(f"the template {name} has no subject in its first line")
    return Notice(" ".join(subject.split()), body, markup)


def _of_template(error: Exception) -> str:
    """What an error says of the template; of the values, which may be of a person, it says nothing."""
    says_name = isinstance(error, TemplateSyntaxError | SecurityError) or re.fullmatch(
        r"'\w+' is undefined", str(error)
    )
    return str(error) if says_name else type(error).__name__
