"""axe-core on a page, and the one rule of WCAG 2.2 AA that its version does not know yet.

The script comes with a package of the test tools, and nothing is fetched. It is of version 4.4,
older than WCAG 2.2: what that asks of the size of targets (2.5.8) is looked at here.
"""

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
TARGET_PIXELS = 24

SMALL = f"""[...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter((e) => e.checkVisibility() && !e.closest('label'))
  .filter((e) => {{ const b = e.getBoundingClientRect();
    return b.width < {TARGET_PIXELS} || b.height < {TARGET_PIXELS}; }})
  .map((e) => e.outerHTML.slice(0, 120))"""


@cache
def script():
    """axe-core, as its package carries it."""
    package = distribution("axe-core-python")
    file = Path(str(package.locate_file("axe_core_python/axe.min.js")))
    return file.read_text(encoding="utf-8")


async def violations(page):
    """What breaks a rule: each with its id and the elements at fault."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(script() + "; true")
    options = f"{{runOnly: {TAGS}, resultTypes: ['violations']}}"
    found = await page.evaluate(
        f"axe.run(document, {options}).then((r) => r.violations.map((v) =>"
        " [v.id, v.nodes.map((n) => [n.target.join(' '), n.failureSummary])]))"
    )
    small = await page.evaluate(SMALL)
    return [*found, *(["target-size", one] for one in small)]
