"""Which words of a file do not reach a visitor through `dino.locale`, or could not be translated.

    python tests/wording.py dino/pages/lab/page.py …     those files' faults; without a file, all

A sentence is written `say("Its loss is {loss:.2f}.", loss=x)`: one literal, complete in itself.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes
from sources import FILES, ROOT, parsed, short

SCRIPTS = sorted(ROOT.glob("dino/**/*.js"))
TEMPLATES = sorted(ROOT.glob("dino/**/*.jinja"))  # of reports
# How many templates a call begins with.
KEYWORDS = {"say": 1, "sentence": 1, "mark": 1, "say_plural": 2, "plural_sentence": 2}
# Arguments that a visitor reads, whatever is called.
READ = {"alt", "caption", "help", "label", "placeholder", "text", "title"}
# Functions of Streamlit and of ours whose first argument a visitor reads.
SHOWS = set(
    "button caption checkbox download_button error expander feedback file_uploader header info "
    "form_submit_button link_button markdown metric multiselect page_link pills "
    "popover radio segmented_control select_slider selectbox show_text slider spinner subheader "
    "success tabs text text_area text_input title toast toggle warning write draw_table "
    "draw_twin".split()
)
# Rooms whose words a visitor reads; the rest speak to whoever runs them, in English.
SILENT = (
    *("app.py", "dino/__main__.py", "dino/bench/", "dino/commands/", "dino/compiled/"),
    "dino/locale/",
    "dino/grader/",
    "dino/lessons/renamed.py",  # names alone
    *("dino/experiments/cluster.py", "dino/experiments/parallel.py"),
    *("dino/live/plotly_file.py", "dino/live/packed_file.py", "dino/live/library_pages.py"),
    *("dino/live/routes.py", "dino/live/server_process.py", "dino/live/watchdog.py"),
    *("dino/ui/language.py", "dino/ui/server.py", "dino/ui/workarounds/"),
)
# Calls whose texts are for the operator or for a program.
OTHERS = re.compile(
    r"^(log\.\w+|.*\.exception|re\.\w+|component|(\w+\.)*option_context|warnings\.\w+|print|np\.\w+|einsum"
    r"|AssertionError|TypeError|KeyError|RuntimeError|NotImplementedError)$"
)
PROSE = re.compile(r"[^\W\d_]{2,}[,;:]? +[^\W\d_]{2,}")  # two words
MARKUP = re.compile(
    r"monospace|^ \.chart|<\w+[ >/]|[{;]\s*$|^\s*\.[\w-]+\s*\{|:\s*[\w#-]+;|^\\"  # HTML, CSS, LaTeX
)
WORD = re.compile(r"^[A-Z][a-z]{2,}[.:…]?$")  # as a label begins
NO_WORDS = {
    "closed form",  # a word of lesson files
    "Dino",
    "Sequential",
    "Diverging",
    "bottom center",
    "top center",
}  # options of a theme and of Plotly
OWN_MARKS = ("dino/pages/lab/network_moment.js",)  # writes numbers with the marks of its page
MARKS = ("**", "`", "$", ":material/", "\n", "⏎")  # a translation has as many
MADE_BY_HAND = re.compile(r"\{(s|es|plural)\}|\{[^{}]*'s'|\w\{\w*[!:]?[^{}]*\}s\b")


def name_of(call: ast.Call) -> str:
    """'say' for say(…), 'log.info' for log.info(…)."""
    return ast.unparse(call.func)


def templates(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call that are templates."""
    return call.args[: KEYWORDS.get(name_of(call).rpartition(".")[2], 0)]


@cache
def tree_of(path: Path) -> ast.AST:
    """The syntax tree of a source. Of a report's template: the calls that say its texts, as a
    source has them.
    """
    if path.suffix != ".jinja":
        return parsed(path)
    calls = Environment().parse(path.read_text(encoding="utf-8")).find_all(nodes.Call)
    said = [it for it in calls if isinstance(it.node, nodes.Name) and it.node.name in KEYWORDS]
    return ast.Module([ast.Expr(_as_in_source(it)) for it in said], [])


def _as_in_source(call: nodes.Call) -> ast.Call:
    place = {"lineno": call.lineno, "col_offset": 0}
    other = ast.Name("value", **place)
    args = [
        ast.Constant(it.value, **place) if isinstance(it, nodes.Const) else other
        for it in call.args
    ]
    named = [ast.keyword(it.key, other) for it in call.kwargs]
    return ast.Call(ast.Name(call.node.name, **place), args, named, **place)


def texts_of(path: Path) -> Iterator[str | tuple[str, str]]:
    """What a file has for the catalogues: templates, with their plural where they have one."""
    for node in ast.walk(tree_of(path)):
        found = templates(node) if isinstance(node, ast.Call) else []
        texts = [word.value for word in found if isinstance(word, ast.Constant) and word.value]
        if texts and len(texts) == len(found):
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def words_of(node: ast.AST) -> str:
    """The text of a literal, also of the fixed parts of an f-string; '' for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(words_of(part) or " " for part in node.values)
    return ""


def docstrings(tree: ast.AST) -> set[ast.AST]:
    """The texts that are nobody's value: docstrings."""
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def children(*nodes: ast.AST) -> set[ast.AST]:
    """These nodes and all below them."""
    return {below for node in nodes for below in ast.walk(node)}


def not_words(tree: ast.AST) -> set[ast.AST]:
    """Everything whose texts are no visitor's: docstrings, annotations, templates, logs."""
    found = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found |= children(*templates(node))
            if OTHERS.match(name_of(node)):
                found |= children(*node.args, *node.keywords)
            elif name_of(node).endswith(".split"):
                found |= children(node.func)
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            found |= children(node.annotation)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            found |= children(node.value)
        elif isinstance(node, ast.FunctionDef) and node.returns:
            found |= children(node.returns)
        elif isinstance(node, ast.JoinedStr):  # judged as a whole
            found |= {part for part in node.values if isinstance(part, ast.Constant)}
        elif isinstance(node, ast.FormattedValue) and node.format_spec:
            found |= children(node.format_spec)
    return found


def shown(tree: ast.AST) -> set[ast.AST]:
    """Literals where only words can be: the label of a widget, help="…"."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if name_of(node).rpartition(".")[2] in SHOWS:
                found |= set(node.args[:1])
            found |= {word.value for word in node.keywords if word.arg in READ}
    return found


def bare_words(path: Path) -> Iterator[str]:
    """Literals that a visitor may read, and that no catalogue can hold."""
    tree = parsed(path)
    skipped, labels = not_words(tree), shown(tree)
    for node in ast.walk(tree):
        text = words_of(node)
        if node in skipped or not text:
            continue
        label = node in labels and re.search(r"[^\W\d_]{2,}", text) and not text.startswith(":")
        prose = PROSE.search(text) and not MARKUP.search(text)
        if text not in NO_WORDS and (label or prose or WORD.match(text)):
            yield f"line {node.lineno}: not translated: {text[:60]!r}"


def formatted_numbers(path: Path) -> Iterator[str]:
    """Numbers in an f-string with a decimal point or with commas: Spanish writes others."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FormattedValue) and node.format_spec:
            if re.search(r"(,|[feg%])$", words_of(node.format_spec)):
                yield f"line {node.lineno}: a number in English: {ast.unparse(node)[:60]}"


def bad_templates(path: Path) -> Iterator[str]:
    """Templates that are no literal, that were glued together, or that number by hand."""
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        for template in templates(node):
            text = words_of(template)
            if not isinstance(template, ast.Constant) or not text:
                yield f"line {node.lineno}: no literal: {ast.unparse(template)[:60]}"
            elif text != text.strip() or MADE_BY_HAND.search(text) or text[0] in ",;.":
                yield f"line {node.lineno}: half a sentence: {text[:60]!r}"
            else:
                yield from wrong_fields(node, text)


def fields(template: str) -> dict[str, str]:
    """The fields of a template, with what formats them: {'loss': '.2f'}."""
    parts = string.Formatter().parse(template)
    return {name: f"{how or ''}" for _, name, how, _ in parts if name is not None}


def wrong_fields(call: ast.Call, template: str) -> Iterator[str]:
    """Fields that the call does not give, and those that it gives for nothing."""
    if any(word.arg is None for word in call.keywords):  # **fields
        return
    given = {word.arg for word in call.keywords}
    given |= {"count"} if len(templates(call)) == 2 else set()
    wanted = set(fields(template))
    if name_of(call).rpartition(".")[2] == "mark":  # shown without fields
        given = set()
    if wanted - given:
        yield f"line {call.lineno}: fields without a value: {sorted(wanted - given)}"
    if len(templates(call)) == 1 and given - wanted:
        yield f"line {call.lineno}: values without a field: {sorted(given - wanted)}"


def plurals_by_hand(path: Path) -> Iterator[str]:
    """'s' * (n != 1) and '' if n == 1 else 's'."""
    for node in ast.walk(parsed(path)):
        ends = []
        if isinstance(node, ast.IfExp):
            ends = [words_of(node.body), words_of(node.orelse)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
            ends = [words_of(node.left), words_of(node.right)]
        if {"s", "es"} & set(ends):
            yield f"line {node.lineno}: a plural by hand: {ast.unparse(node)[:60]}"


JS_CODE = re.compile(  # selectors, styles, classes, fonts
    r"^[.#:(\[]|gradient\(|[{};]|^[a-z0-9-]+( [a-z-]+)*$|^\w+, [a-z\d, =\[\]]+$|^(Segoe|Helvetica)"
)
JS_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`')
JS_SHOWN = re.compile(r"(textContent|title|placeholder|aria-label\"|label\"?)[ ,=:(]+$")


def words_in_javascript(path: Path) -> Iterator[str]:
    """Words in a script, which has to get them from its page; and numbers that it formats."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        code = re.sub(r"(^|\s)//.*", "", line)
        for found in JS_LITERAL.finditer(code):
            text = re.sub(r"\$\{[^}]*\}", "…", found[1] or found[2] or "")
            shown = JS_SHOWN.search(code[: found.start()]) and re.search(r"[^\W\d_]{2}", text)
            if shown or (PROSE.search(text) and "Error(" not in code and not JS_CODE.search(text)):
                yield f"line {number}: not translated: {text[:60]!r}"
        formats = "toFixed(" in code or "toLocaleString(" in code
        if formats and short(path) not in OWN_MARKS:
            yield f"line {number}: a number in English: {code.strip()[:60]}"


def words_in_template(path: Path) -> Iterator[str]:
    """Words between the tags of a report's template, which it has to say."""
    whole = Environment().parse(path.read_text(encoding="utf-8"))
    markup = "\0".join(it.data for it in whole.find_all(nodes.TemplateData))
    for text in re.sub(r'<[^<>]*>| [\w-]+="[^"]*"', "\n", markup).replace("\0", "").splitlines():
        if re.search(r"[^\W\d_]{2}", text):
            yield f"line 0: not translated: {text[:60]!r}"


def unconverted(path: Path) -> list[str]:
    """What is left to do in a file, one line each."""
    if path.suffix == ".jinja":
        return [*bad_templates(path), *words_in_template(path)]
    if path.suffix == ".js":
        return [*words_in_javascript(path)]
    if short(path).startswith(SILENT):
        return []
    found = [*bad_templates(path), *plurals_by_hand(path)]
    found += [*bare_words(path), *formatted_numbers(path)]
    return sorted(found, key=lambda fault: int(re.findall(r"\d+", fault)[0]))


def main() -> None:
    """Show the faults of the files that are named, or how many each file has."""
    named = [Path(name).resolve() for name in sys.argv[1:]]
    for path in named or [*FILES, *SCRIPTS]:
        faults = unconverted(path)
        if named:
            print(*(f"{short(path)}: {fault}" for fault in faults), sep="\n" if faults else "")
        elif faults:
            print(f"{len(faults):4} {short(path)}")


if __name__ == "__main__":
    main()
