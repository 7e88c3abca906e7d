"""Opens pages in a browser without a network and says what is wrong with them.

    look.py CHROMIUM FOLDER PAGE...

For each page, in light, dark and print, at 390 and 1,440 px: what the console said, which requests were made, whether
anything is wider than the screen, and what axe-core finds. Screenshots and a PDF go to FOLDER. Prints one JSON document:
for each page, a list of findings, and the texts of the route cells as the DOM has them.
"""

import json
import os
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def look(browser, path, folder):
    """The findings of one page."""
    found = []
    texts = []
    name = os.path.splitext(os.path.basename(path))[0]
    for scheme in ("light", "dark"):
        for width in (390, 1440):
            context = browser.new_context(
                offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}
            )
            page = context.new_page()
            where = f"{scheme} {width}"
            page.on("console", lambda message: found.append(f"{where}: console: {message.text}"))
            page.on("pageerror", lambda error: found.append(f"{where}: error: {error}"))
            page.on(
                "request",
                lambda request: request.url.startswith("file:") or found.append(f"{where}: request: {request.url}"),
            )
            page.on("dialog", lambda dialog: (found.append(f"{where}: dialog"), dialog.dismiss()))
            page.goto("file://" + os.path.abspath(path))
            page.screenshot(path=os.path.join(folder, f"{name}-{scheme}-{width}.png"), full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                found.append(f"{where}: {wide} px wider than the screen")
            answer = Axe().run(page, options={"runOnly": {"type": "tag", "values": TAGS}})
            for violation in answer.response["violations"]:
                nodes = "; ".join(node["html"][:160] for node in violation["nodes"][:3])
                found.append(f"{where}: axe {violation['id']} ({len(violation['nodes'])}): {nodes}")
            if scheme == "light" and width == 1440:
                texts = page.evaluate("Array.from(document.querySelectorAll('code')).map(code => code.textContent)")
                # An element that a path brought in would be one that no template has.
                foreign = page.evaluate(
                    "document.querySelectorAll('script:not([type=\"application/json\"]), iframe, img, object, embed, link').length"
                )
                if foreign:
                    found.append(f"{where}: {foreign} foreign elements")
                page.emulate_media(media="print", color_scheme="light")
                page.pdf(path=os.path.join(folder, f"{name}.pdf"), format="A4", print_background=True)
            context.close()
    return {"findings": found, "texts": texts}


def main():
    chromium, folder, *pages = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(json.dumps({path: look(browser, path, folder) for path in pages}))
        browser.close()


main()
