"""Go's text/template, as far as log stages use it: pipelines, variables, `if`, `with`, `range`, Alloy's and sprig's functions.

template = Template("{{ ToUpper .level }} {{ .Entry }}", "template")
template.render({"level": "warn", "Entry": "..."})
"""

from runtime.text.template.evaluator import Template, TemplateError

__all__ = ["Template", "TemplateError"]
