"""Links between the documents lead to a file, and to a heading that is in it."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("bench/*/*.md"))]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def without_code(text):
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(path):
    """As GitHub makes them of headings, and those that a page sets itself."""
    text = path.read_text()
    titles = re.findall(r"^#+ +(.+?) *$", text, re.MULTILINE)
    made = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
    return made | set(re.findall(r'<a id="([^"]+)"', text))


class LinksTest(unittest.TestCase):
    def test_each_leads_somewhere(self):
        dead, count = [], 0
        for document in DOCUMENTS:
            for path, anchor in LINK.findall(without_code(document.read_text())):
                count += 1
                target = (document.parent / path).resolve() if path else document
                if not target.exists() or anchor and anchor not in anchors(target):
                    dead.append(f"{document.relative_to(ROOT)}: {path}{anchor and '#' + anchor}")
        self.assertEqual(dead, [])
        self.assertGreater(count, 100)


if __name__ == "__main__":
    unittest.main()
