"""Writes the content that the HTTP benchmark serves: content.py FOLDER COUNT.

Posts of about 2 KB of Markdown, published a minute apart. One in a hundred has the rare word, all
have the common one, each one of twenty tags.
"""

import datetime
import sys
from pathlib import Path

FIRST = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)


def post(number):
    words = ["rareword"] if number % 100 == 0 else []
    words += [word for i in range(150)
              for word in (f"word{(number + i * i) % 5000}", 'a "common"' if i % 10 == 0 else "common")]
    paragraphs = [" ".join(words[i:i + 60]) for i in range(0, len(words), 60)]
    published = FIRST + datetime.timedelta(minutes=number)
    return (f'---\ntitle: Post "{number}" & more\nslug: post-{number}\n'
            f"published_at: {published:%Y-%m-%d %H:%M:%SZ}\ntags: [tag-{number % 20}]\n---\n"
            + "\n\n".join(paragraphs) + "\n")


def main():
    folder = Path(sys.argv[1]) / "posts"
    folder.mkdir(parents=True)
    for number in range(int(sys.argv[2])):
        (folder / f"post-{number}.md").write_text(post(number), encoding="utf-8")


if __name__ == "__main__":
    main()
