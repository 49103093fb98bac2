"""Checks that includes follow the direction of dependencies, and that heavy headers stay confined.

    actors <- supervisor <- {db, net} <- app

Usage: check_includes.py [ROOT]. Prints each violation and exits with 1 if there is one.
"""

import re
import sys
from pathlib import Path

# What each folder under src/ may include; its tests may include the same.
MAY_INCLUDE = {
    "actors": {"actors"},
    "supervisor": {"actors", "supervisor"},
    "db": {"actors", "supervisor", "db"},
    "net": {"actors", "supervisor", "net"},
    "app": {"actors", "supervisor", "db", "net", "app"},
}

# The only files that may include Beast: it costs seconds to compile each time.
BEAST_FILES = {
    "src/net/beast.cpp",
    "src/net/encoding.cpp",
    "src/net/http/request_parser.cpp",
}

# Third-party headers that no public header may include: they would become part of our interface.
PRIVATE_HEADERS = re.compile(
    r"sqlite3|simdjson|spdlog/|fmt/|boost/(beast|json|url)|elfutils/|cmark|yaml-cpp|webp/|stb|CLI/")

# Except that channels are written with Boost.JSON's objects.
JSON_INTERFACE = ("src/net/channels/", "src/app/rooms/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(path):
    """(line number, delimiter, name) for each include of a file."""
    text = path.read_text()
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1], match[2]


def public_headers(root):
    """The headers that the CMake files list as HEADERS, as paths relative to the root."""
    found = set()
    for cmake in root.glob("src/*/CMakeLists.txt"):
        for block in re.findall(r"^\s*HEADERS\b([^A-Z)]*)", cmake.read_text(), re.MULTILINE):
            found |= {f"src/{cmake.parent.name}/{name}" for name in block.split()}
    return found


def problems(root):
    public = public_headers(root)
    for path in sorted([*root.glob("src/**/*.[ch]pp"), *root.glob("tests/**/*.[ch]pp")]):
        name = path.relative_to(root).as_posix()
        folder = name.split("/")[1]
        if folder not in MAY_INCLUDE:
            continue
        for line, delimiter, target in includes(path):
            where = f"{name}:{line}: includes {target}, but "
            layer = target.split("/")[0]
            if delimiter == '"' and layer in MAY_INCLUDE and layer not in MAY_INCLUDE[folder]:
                yield where + f"{folder} must not depend on {layer}"
            if delimiter == '"' and name.startswith("src/") and layer not in MAY_INCLUDE:
                yield where + "project headers are named from src/, as in \"db/connection.hpp\""
            if target.startswith("boost/beast") and name not in BEAST_FILES:
                yield where + "only the files named in scripts/check_includes.py include Beast"
            if target.startswith("boost/json") and name.startswith(JSON_INTERFACE):
                continue
            if name in public and PRIVATE_HEADERS.match(target):
                yield where + "a public header must not expose that library"


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent)
    found = list(problems(root))
    print("\n".join(found) if found else "includes follow the direction of dependencies")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
