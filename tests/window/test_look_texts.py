"""Every word on a page stands in texts.yaml, in both languages; no template carries words of its own."""

import re
import string
from pathlib import Path

import pytest
from django.template.loader import get_template

import tongguan.window
from tongguan.grammar.strict_yaml import read_yaml
from tongguan.window.access import ROLES
from tongguan.window.look import places
from tongguan.window.look.texts import WINDOW, say, texts

TEMPLATES = sorted(path for path in Path(tongguan.window.__file__).parent.rglob("templates/**/*.html"))
NAMES = [str(path.relative_to(WINDOW)) for path in TEMPLATES]
KEY = re.compile(r"\{%\s*t\s+\"([^\"]+)\"")
HAN = re.compile(r"[\u3400-\u9fff]")
NEITHER = {"CNY", "USD", "SHA", "CSV", "PDF", "JSON"}
"""The same in both languages: currencies, kinds of files, names of methods."""
READ_ALOUD = ("alt", "aria-label", "placeholder", "title", "label", "aria-description")


def words_of(text):
    """What a reader would read of a template: without comments, tags, variables and markup."""
    text = re.sub(r"\{%\s*comment.*?endcomment\s*%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{#.*?#\}|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    aloud = [m[1] for name in READ_ALOUD for m in re.findall(rf'\s({name})="([^"]*)"', text)]
    text = re.sub(r"<(script|style|code|kbd)\b.*?</\1>", "", text, flags=re.DOTALL)
    text = re.sub(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", " ", text)
    text = re.sub(r"&[a-z]+;|&#\d+;", " ", text)
    return [word for word in re.findall(r"[A-Za-z\u3400-\u9fff]+", " ".join([text, *aloud])) if word not in NEITHER]


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_has_no_words_of_its_own(path):
    text = path.read_text(encoding="utf-8")
    text = re.sub(
        r"\{%\s*(?:blocktranslate|blocktrans)\b.*?\{%\s*endblocktrans(?:late)?\s*%\}", "", text, flags=re.DOTALL
    )
    assert words_of(text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_is_read_and_carries_no_style_or_script_inside(path):
    get_template(str(path).split("/templates/")[1])
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)", text)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_each_key_of_a_template_is_written(path):
    """A key that ends in _ is the beginning of several: {% with "permits.show_"|add:state as key %}."""
    asked = KEY.findall(path.read_text(encoding="utf-8"))
    beginnings = [key for key in asked if key.endswith("_")]
    assert [key for key in asked if key not in texts() and key not in beginnings] == []
    assert [key for key in beginnings if sum(name.startswith(key) for name in texts()) < 2] == []


def test_places_and_posts_have_their_words():
    held = [place.text for place in places.NAVIGATION]
    held += [f"{place.text}_{part}" for _, group in places.HOME for place in group for part in ("title", "text")]
    held += [title for title, _ in places.HOME]
    held += [f"look.role_{role}" for role in ROLES]
    assert [key for key in held if key not in texts()] == []


@pytest.mark.parametrize("path", sorted(WINDOW.glob("*/texts.yaml")), ids=lambda path: path.parent.name)
def test_texts_say_the_same_in_both_languages(path):
    for key, text in read_yaml(path, dict[str, dict[str, str]]).items():
        assert text["zh"].strip(), key
        assert text["en"].strip(), key
        named = [{name for _, name, _, _ in string.Formatter().parse(text[lang]) if name} for lang in ("zh", "en")]
        assert named[0] == named[1], key
        assert not HAN.search(text["en"]) or HAN.search(text["zh"]), key


def test_a_key_nobody_wrote_is_refused():
    with pytest.raises(KeyError):
        say("look.no_such_text", "zh")


def test_words_are_found_where_they_should_not_be():
    """The check itself: it sees words between tags and in what is read aloud, and nothing else."""
    assert words_of('<p class="govuk-body" id="x">Hello {{ name }}</p>') == ["Hello"]
    assert words_of('<img alt="海关" src="a.svg">{% t "look.back" %}<a href="/x">{# note #}</a>&nbsp;') == ["海关"]
    assert words_of("<code>GET /api/v1</code> 12 CNY") == []
    assert words_of('<meta content=\'{"a":">"}\'><br>') == []
