"""Figures inside a page."""

from __future__ import annotations

import base64
import io


def png_text(figure) -> str:
    """A matplotlib figure as PNG in base64; the same figure always gives the same text."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110, metadata={"Software": None})
    return base64.b64encode(content.getvalue()).decode()
