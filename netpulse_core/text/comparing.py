"""JMESPath whose comparisons of a number with a text are errors: they hold of nothing, which looks like all is well."""

import json
from typing import Any

from jmespath import ast
from jmespath.visitor import TreeInterpreter


class Comparing(TreeInterpreter):
    """JMESPath's interpreter, which says where a number is written for what is a text, as all that TextFSM finds is."""

    def visit_comparator(self, node: Any, value: Any) -> Any:
        """Compare; raise ValueError where that can never say what was meant."""
        left, right = (self.visit(child, value) for child in node["children"])
        for child, other in zip(node["children"], (right, left), strict=True):
            if child["type"] == "literal" and type(child["value"]) in (int, float) and isinstance(other, str):
                number = json.dumps(child["value"])
                equality = node["value"] in ("eq", "ne")
                write = f"'{number}'" if equality else "to_number(...) of the text"
                raise ValueError(f"the number `{number}` is compared with a text: write {write}")
        known: Any = {**node, "children": [ast.literal(left), ast.literal(right)]}
        return super().visit_comparator(known, value)
