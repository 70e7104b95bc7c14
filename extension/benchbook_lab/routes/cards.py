"""Model cards: the sections to show, and the card as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from benchbook.errors import NotFound
from benchbook_lab.artifacts import CONFINED
from benchbook_lab.handler import BenchbookHandler
from benchbook_lab.place import Asked
from benchbook_lab.routes.versions import version_ref

if TYPE_CHECKING:
    from benchbook.governance import ModelCard

_KINDS = {"html": ("text/html; charset=utf-8", "html"), "markdown": ("text/markdown; charset=utf-8", "md")}


class CardRoute(BenchbookHandler):
    """GET /models/<name>/<version>/card."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str) -> None:
        """The card of a version as sections of plain text and tables, with its gaps."""
        await self.answer(get_card, name, version)


class CardFileRoute(BenchbookHandler):
    """GET /models/<name>/<version>/card/<html or markdown>."""

    @authenticated
    @authorized
    async def get(self, name: str, version: str, kind: str) -> None:
        """The card as a file to keep: always an attachment, confined to a sandbox wherever it is opened."""
        file_name, text = await self.call(get_page, name, version, kind)
        media_type, ending = _KINDS[kind]
        self.set_header(
            "Content-Disposition", f"attachment; filename*=utf-8''{quote(f'{file_name}.{ending}', safe='')}"
        )
        self.set_header("Content-Security-Policy", CONFINED)
        self.set_header("X-Content-Type-Options", "nosniff")
        await self.finish(text, set_content_type=media_type)


def get_card(asked: Asked, name: str, version: str) -> ModelCard:
    """The card of one version."""
    from benchbook import governance

    return governance.model_card(version_ref("model", name, version), project=asked.need())


def get_page(asked: Asked, name: str, version: str, kind: str) -> tuple[str, bytes]:
    """What to call the file, and what stands in it.

    Raises:
        NotFound: there is no such version, or cards are not made as ``kind``.
    """
    if kind not in _KINDS:
        raise NotFound("kind of card", kind, known=_KINDS)
    card = get_card(asked, name, version)
    text = card.html() if kind == "html" else card.markdown()
    return f"card-{card.ref.replace(':', '-')}", text.encode("utf-8", "replace")
