"""Render notices from templates: `x.txt`, whose first line is the subject, and an optional `x.html` beside it."""

import re
from collections.abc import Mapping
from importlib.resources import files

from jinja2 import StrictUndefined, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import SandboxedEnvironment

from jobs.runtime.errors import BadInput
from jobs.runtime.notify.notice import Notice
from jobs.runtime.storage import object_store

# The HTML part of a template that has none.
_DEFAULT_HTML = "<pre>{{ text }}</pre>"


def render_builtin(name: str, values: Mapping[str, object]) -> Notice:
    """Render a notice from one of Weir's templates."""
    text, html = (
        files("jobs.runtime.notify").joinpath("templates", f"{name}.{kind}").read_text() for kind in ("txt", "html")
    )
    return _render(name, text, html, values)


def render_file(path: str, values: Mapping[str, object]) -> Notice:
    """Render a notice from a user's template, in a sandbox. Raises BadInput if it cannot be rendered."""
    html_path = f"{path.removesuffix('.txt')}.html"
    return _render(
        path,
        object_store.read_text(path),
        object_store.read_text(html_path) if object_store.exists(html_path) else _DEFAULT_HTML,
        values,
    )


def _render(name: str, text: str, html: str, values: Mapping[str, object]) -> Notice:
    """Render subject, text and HTML, with values escaped in HTML.

    The subject is reduced to one line: a line break in it would start another mail header.
    """
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    first, _, rest = text.partition("\n")
    try:
        subject, body = (environment.from_string(part).render(values) for part in (first, rest.lstrip("\n")))
        markup = environment.overlay(autoescape=True).from_string(html).render(values, text=body)
    except Exception as error:  # a template may call anything on the values
        raise BadInput(f"the template {name} cannot be rendered: {_without_values(error)}") from error
    if not subject.strip():
        raise BadInput(f"the template {name} has no subject in its first line")
    return Notice(" ".join(subject.split()), body, markup)


def _without_values(error: Exception) -> str:
    """The message of an error, or only its type where the message could contain values, which may be personal."""
    is_about_template = isinstance(error, TemplateSyntaxError | SecurityError) or re.fullmatch(
        r"'\w+' is undefined", str(error)
    )
    return str(error) if is_about_template else type(error).__name__
