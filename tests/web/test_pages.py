"""The pages as files: in both languages, and nothing in them from elsewhere."""

import re

from shared.i18n import LANGUAGES, text
from tests.web.one_web import keep_secret
from web.pages import HERE, Look, Pages, fonts
from web.places import places


def pages(folder, *names, **look):
    files = [keep_secret(folder, "ws://127.0.0.1:9/ws", name) for name in names]
    return Pages(places([f"kiosk={file}" for file in files], "en"), Look(**look), "en")


def test_a_page_says_in_both_languages_what_to_do_while_it_comes_back(tmp_path):
    page = pages(tmp_path, "kiosk-1").answer("/kiosk").body.decode()

    for key in ("screen.offline", "web.page.away_what", "web.page.elsewhere", "web.page.here"):
        for language in LANGUAGES:
            assert text(language, key) in page
    title = re.search("<title>(.*)</title>", page)
    assert title is not None
    assert title[1] == " ".join(text(one, "station_kind.kiosk") for one in LANGUAGES)


def test_no_file_of_ours_names_an_address_elsewhere():
    for file in HERE.iterdir():
        assert not re.search(r"https?://|//\w", file.read_text().replace("// ", "")), file.name


def test_the_number_of_columns_is_the_programs_unless_told_otherwise(tmp_path):
    usual = pages(tmp_path, "kiosk-1").answer("/kiosk").body.decode()
    told = pages(tmp_path, "kiosk-1", columns=90).answer("/kiosk").body.decode()

    assert ('data-wide="120"' in usual, 'data-upright="80"' in usual) == (True, True)
    assert ('data-wide="90"' in told, 'data-upright="90"' in told) == (True, True)


def test_the_font_that_was_asked_for_is_looked_for_first():
    sheet = fonts("My Mono").decode()

    assert sheet.count("@font-face") == 4
    assert 'src: local("My Mono"), local("Noto Sans Mono CJK SC")' in sheet
    assert 'src: local("My Mono Bold")' in sheet
    assert "url(" not in sheet


def test_where_several_terminals_are_served_the_first_page_names_them(tmp_path):
    home = pages(tmp_path, "kiosk-1", "kiosk-2").answer("/").body.decode()

    assert re.findall('href="(/kiosk[^"]*)"', home) == ["/kiosk", "/kiosk-2"]
