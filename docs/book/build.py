#!/usr/bin/env python3
"""Makes the documentation site with mdBook: docs/book/build.py OUT

The sources keep their places in the repository, so that their links hold; links to what is no page of the site lead to the repository.
Afterwards every link of the site is followed, and one that leads nowhere ends the build.
"""

import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

BOOK = pathlib.Path(__file__).resolve().parent
ROOT = BOOK.parent.parent
REPOSITORY = "https://github.com/wirelint/wirelint/blob/main"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(`{3,}|~{3,})")


def pages():
    """The Markdown files that become pages, as paths of the repository."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    found += sorted((ROOT / "rules").glob("*.md"))
    found += [page for page in sorted((ROOT / "docs").rglob("*.md")) if BOOK not in page.parents]
    return [page.relative_to(ROOT) for page in found]


def front_matter(text):
    """The fields of a rule's file that are one line each, and the text below them."""
    _, head, body = text.split("---\n", 2)
    fields = dict(line.split(": ", 1) for line in head.splitlines() if re.match(r"[a-z]+: ", line))
    references = re.findall(r"^  - (\S+)$", head, re.MULTILINE)
    return fields, references, body


def rule_page(text):
    """A rule's file as a page: what `wirelint explain` says, with the name of each example's file above it."""
    fields, references, body = front_matter(text)
    body = re.sub(r"^```(\w+) path=(\S+)$", r"`\2`\n\n```\1", body, flags=re.MULTILINE)
    page = f"# {fields['title']}\n\n`{fields['id']}` · {fields['severity']} · {fields['family']} · since {fields['since']}\n\n{body}"
    if references:
        page += "\n## References\n\n" + "".join(f"- <{reference}>\n" for reference in references)
    return page


def rules_list(readme):
    """The page above the rules: README's table."""
    table = readme.split("<!-- rules -->\n")[1].split("<!-- /rules -->")[0]
    return "# Rules\n\n`wirelint explain RULE` says the same in a terminal.\n\n" + table.replace("](rules/", "](")


def outward(page, text, known):
    """Links to what is no page lead to the repository."""

    def replaced(match):
        target = match.group(1)
        path = target.split("#")[0]
        if not path or "://" in target:
            return match.group(0)
        at = os.path.normpath(page.parent / path)
        if pathlib.Path(at) in known:
            # mdBook calls the page of a folder `index`.
            return match.group(0).replace("README.md", "index.md")
        return f"]({REPOSITORY}/{at})"

    lines, fence = [], None
    for line in text.splitlines(keepends=True):
        mark = FENCE.match(line.lstrip())
        if mark and fence is None:
            fence = mark.group(1)
        elif mark and line.lstrip().startswith(fence):
            fence = None
        elif fence is None:
            line = LINK.sub(replaced, line)
        lines.append(line)
    return "".join(lines)


def title(text):
    return re.search(r"^# (.*)$", text, re.MULTILINE).group(1)


def stage(work):
    """Puts the book together in a folder."""
    shutil.copy(BOOK / "book.toml", work / "book.toml")
    source = work / "src"
    pictures = [picture.relative_to(ROOT) for picture in (ROOT / "docs").glob("*.svg")]
    known = {*pages(), *pictures, pathlib.Path("rules/README.md")}
    texts = {}
    for page in pages():
        text = (ROOT / page).read_text(encoding="utf-8")
        texts[page] = rule_page(text) if page.parts[0] == "rules" else text
    texts[pathlib.Path("rules/README.md")] = rules_list((ROOT / "README.md").read_text(encoding="utf-8"))
    for page, text in texts.items():
        (source / page).parent.mkdir(parents=True, exist_ok=True)
        (source / page).write_text(outward(page, text, known), encoding="utf-8")
    for picture in pictures:
        shutil.copy(ROOT / picture, source / picture)
    summary = (BOOK / "SUMMARY.md").read_text(encoding="utf-8")

    def entries(folder, indent, name):
        inside = [page for page in sorted(texts) if page.parent == pathlib.Path(folder) and page.name != "README.md"]
        return "".join(f"{indent}- [{name(page)}]({page.as_posix()})\n" for page in inside)

    summary = summary.replace("<!-- symptoms -->\n", entries("docs/symptoms", "    ", lambda page: title(texts[page])))
    summary = summary.replace("<!-- rules -->\n", entries("rules", "    ", lambda page: f"`{page.stem}`"))
    named = set(LINK.findall(summary))
    more = [page for page in sorted(texts) if page.parent == pathlib.Path("docs") and page.as_posix() not in named]
    summary = summary.replace("<!-- more -->\n", "".join(f"- [{title(texts[page])}]({page.as_posix()})\n" for page in more))
    (source / "SUMMARY.md").write_text(summary, encoding="utf-8")
    missing = {page.as_posix() for page in texts} - set(LINK.findall(summary))
    if missing:
        sys.exit(f"error: pages that the summary does not name: {sorted(missing)}")


class Links(html.parser.HTMLParser):
    """The links of a page, and what links can lead to in it."""

    def __init__(self):
        super().__init__()
        self.targets, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and "href" in attributes:
            self.targets.append(attributes["href"])
        if "id" in attributes:
            self.anchors.add(attributes["id"])


def dead_links(site):
    """The links of the site that lead nowhere."""
    read = {}
    for page in sorted(site.rglob("*.html")):
        links = Links()
        links.feed(page.read_text(encoding="utf-8"))
        read[page] = links
    for page, links in read.items():
        # These are shown below other addresses.
        if page.name in ("404.html", "print.html", "toc.html"):
            continue
        for target in links.targets:
            url = urllib.parse.urlsplit(target)
            if url.scheme or url.netloc:
                continue
            path = (page.parent / urllib.parse.unquote(url.path)).resolve() if url.path else page
            path = path / "index.html" if path.is_dir() else path
            if not path.is_file() or (url.fragment and path in read and url.fragment not in read[path].anchors):
                yield f"{page.relative_to(site)}: {target}"


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: docs/book/build.py OUT")
    out = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        stage(work)
        subprocess.run(["mdbook", "build", str(work), "--dest-dir", str(out)], check=True)
    dead = sorted(set(dead_links(out)))
    if dead:
        sys.exit("error: links that lead nowhere:\n" + "\n".join(dead))
    print(f"{len(pages())} pages in {out}")


main()
