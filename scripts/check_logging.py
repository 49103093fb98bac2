"""Checks that lines of the log say where they come from, which operators choose lines by.

spdlog's functions, as spdlog::info(), know nothing of the source that calls them; its macros do.

Usage: check_logging.py [ROOT]. Prints each violation and exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

CALL = re.compile(r"\bspdlog::(trace|debug|info|warn|error|critical|log)\s*\(")
COMMENT = re.compile(r"//[^\n]*")


def macro(function):
    return "SPDLOG_LOGGER_CALL" if function == "log" else f"SPDLOG_{function.upper()}"


def problems(root):
    for path in sorted([*root.glob("src/**/*.[ch]pp"), *root.glob("examples/**/*.[ch]pp")]):
        text = COMMENT.sub("", path.read_text())
        for call in CALL.finditer(text):
            line = text.count("\n", 0, call.start()) + 1
            yield (f"{path.relative_to(root).as_posix()}:{line}: spdlog::{call[1]}() leaves no folder "
                   f"in the log's line; {macro(call[1])} does")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    found = list(problems(root))
    print("\n".join(found) if found else "lines of the log say where they come from")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
