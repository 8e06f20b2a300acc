"""Reads Markdown as a forge does, with markdown-it-py, for test_markdown.lua.

Reads a JSON list of documents from stdin; writes for each the kinds of its tokens, its tables as rows of cells,
and the texts that stand outside of code: those are what forges look for links and mentions in.
"""

import json
import sys

from markdown_it import MarkdownIt


def shown(inline):
    """The text of an inline token as a reader sees it."""
    return "".join(child.content if child.type in ("text", "code_inline") else f"<{child.type}>"
                   for child in inline.children)


def read(parser, text):
    kinds, tables, loose, lines = set(), [], [], []
    for token in parser.parse(text):
        kinds.add(token.type)
        if token.type == "table_open":
            tables.append([])
        elif token.type == "tr_open":
            tables[-1].append([])
        elif token.type == "inline":
            kinds.update(child.type for child in token.children)
            loose.extend(child.content for child in token.children if child.type == "text")
            (tables[-1][-1] if token.level >= 4 and tables else lines).append(shown(token))
    return {"kinds": sorted(kinds), "tables": tables, "loose": loose, "lines": lines}


def main():
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    json.dump([read(parser, text) for text in json.load(sys.stdin)], sys.stdout)


main()
