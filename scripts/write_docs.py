"""Writes the generated pages of docs/ again. `make docs`; with `--check` nothing is written and status 1 says that a page is behind."""

from __future__ import annotations

import sys
from pathlib import Path

from tongguan.cli.law import markdown, rule_folders, summary_of

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {"coverage.md": lambda: markdown(summary_of(rule) for rule in rule_folders())}


def main() -> int:
    """Write, or compare."""
    behind = []
    for name, page in PAGES.items():
        path, text = DOCS / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            behind.append(name)
            if "--check" not in sys.argv[1:]:
                path.write_text(text, "utf-8")
                print(f"docs/{name} written")
    if behind and "--check" in sys.argv[1:]:
        print(f"Behind the rules: {', '.join(behind)}. Run `make docs`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
