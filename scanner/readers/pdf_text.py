"""The characters of a PDF page with their places, what is drawn around them, and what keeps a person from seeing them."""

from __future__ import annotations

import ctypes
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scanner.lazy import lazily
from scanner.readers.page_layout import Floats, Glyphs, Numbers

if TYPE_CHECKING:
    import pypdfium2 as pdfium
else:
    pdfium = lazily("pypdfium2")

INVISIBLE, BLANK, TINY, OUTSIDE, COVERED = (
    "invisible text",
    "text in the colour of the background",
    "text too small to read",
    "outside the page",
    "text under a drawing",
)
CHARACTERS = 500_000  # of a page
_OBJECTS = 20_000  # drawings of a page that are looked at
_FILLS = 4_000  # filled shapes of a page; more are a picture
_SMALLEST = 2.0  # points; what is smaller nobody can read
_THIN = 2.0  # points; a shape that is thinner is a line
_WHITE = 0xFFFFFF
_SOLID = 255

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pen:
    """How a piece of text is written. colour: 0xRRGGBB; order: its place among the page's objects, -1 unknown."""

    invisible: bool
    colour: int
    order: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows beside text. lines: boxes of drawn paths; fills: opaque ones, their colours and places in the order.

    images: their boxes; orders: places of pieces of text by their handle
    """

    lines: Floats
    fills: Floats
    colours: Numbers
    order: Numbers
    images: Floats
    paths: int
    orders: dict[int, int]


def drawn(page: pdfium.PdfPage) -> Drawn:
    """Paths, images and the order in which the page paints them and its text."""
    raw = pdfium.raw
    lines: list[tuple[float, float, float, float]] = []
    fills: list[tuple[float, float, float, float]] = []
    images: list[tuple[float, float, float, float]] = []
    colours: list[int] = []
    order: list[int] = []
    orders: dict[int, int] = {}
    paths = 0
    mode, stroke = ctypes.c_int(), ctypes.c_int()
    for seen, thing in enumerate(page.get_objects(max_depth=4)):
        if seen > _OBJECTS:
            break
        if thing.type == raw.FPDF_PAGEOBJ_TEXT:
            orders[_handle(thing.raw)] = seen
            continue
        if thing.type not in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH):
            continue
        paths += thing.type == raw.FPDF_PAGEOBJ_PATH
        try:
            box = thing.get_bounds()
        except pdfium.PdfiumError:
            images += [(0.0, 0.0, 0.0, 0.0)] if thing.type == raw.FPDF_PAGEOBJ_IMAGE else []
            continue
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(box)
            continue
        lines.append(box)
        if min(box[2] - box[0], box[3] - box[1]) <= _THIN or raw.FPDFPageObj_HasTransparency(thing.raw):
            continue
        if raw.FPDFPath_GetDrawMode(thing.raw, mode, stroke) and mode.value != raw.FPDF_FILLMODE_NONE:
            colour, alpha = _colour(lambda *into, one=thing: raw.FPDFPageObj_GetFillColor(one.raw, *into))
            if alpha == _SOLID:
                fills.append(box)
                colours.append(colour)
                order.append(seen)
    rotation = page.get_rotation()
    placed = (upright(np.array(boxes, np.float64).reshape(-1, 4), rotation) for boxes in (lines, fills, images))
    shown, filled, pictured = placed
    return Drawn(shown, filled, np.array(colours, np.int64), np.array(order, np.int64), pictured, paths, orders)


def written(text: pdfium.PdfTextPage, page: pdfium.PdfPage, orders: dict[int, int]) -> tuple[Glyphs, list[Pen]] | None:
    """The characters as they are seen, a rotated page turned upright, and the pen of each piece. None: too many."""
    raw = pdfium.raw
    count = text.count_chars()
    if count > CHARACTERS:
        return None
    characters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    box = raw.FS_RECTF()
    into = ctypes.byref(box)
    pieces: list[int] = []
    pens: list[Pen] = []
    pending = 0
    before: object = None
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        if 0xD800 <= code < 0xDC00:  # the first half of a character beyond U+FFFF
            pending = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((pending - 0xD800) << 10) + (code - 0xDC00) if pending else 0xFFFD
        pending = 0
        if code < 32 or not raw.FPDFText_GetLooseCharBox(text, index, into):
            continue
        characters.append(chr(min(code, 0x10FFFF)) if code != 0xFFFE else "-")
        boxes.append((box.left, box.bottom, box.right, box.top))
        if not raw.FPDFText_IsGenerated(text, index):
            piece = raw.FPDFText_GetTextObject(text, index)
            handle = _handle(piece)
            if handle != before:
                before = handle
                colour, alpha = _colour(lambda *four, at=index: raw.FPDFText_GetFillColor(text, at, *four))
                mode = raw.FPDFTextObj_GetTextRenderMode(piece) if handle else -1
                pens.append(Pen(mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE or alpha == 0, colour, orders.get(handle, -1)))
        pieces.append(len(pens))
    placed = upright(np.array(boxes, np.float64).reshape(-1, 4), page.get_rotation())
    return Glyphs(characters, placed, np.array(pieces, np.int64)), pens


def hidden(glyphs: Glyphs, pens: list[Pen], page: pdfium.PdfPage, around: Drawn) -> dict[str, Mask]:
    """Which characters are not seen, by what hides them; {} for most pages. Text behind the image of a scan is seen as that."""
    if not len(glyphs.boxes):
        return {}
    inked = np.array([bool(text.strip()) for text in glyphs.text])
    of = np.maximum(glyphs.pieces - 1, 0)
    pens = pens or [Pen(False, 0, -1)]
    invisible, colours, order = (np.array([getattr(pen, name) for pen in pens])[of] for name in ("invisible", "colour", "order"))
    left, bottom, right, top = glyphs.boxes.T
    x, y = (left + right) / 2, (bottom + top) / 2
    found: dict[str, Mask] = {}
    if invisible.any():
        found[INVISIBLE] = invisible & ~_any_holds(around.images, x, y)
    small = (top - bottom <= _SMALLEST) & (top > bottom)
    if small.any():
        found[TINY] = small
    frame = upright(np.array([page.get_bbox()], np.float64), page.get_rotation())[0]
    beside = (right < frame[0]) | (left > frame[2]) | (top < frame[1]) | (bottom > frame[3])
    if beside.any():
        found[OUTSIDE] = beside
    few = len(around.fills) <= _FILLS
    if few and len(around.fills) and (around.order.max() > order.min()):
        over = np.zeros(len(x), bool)
        for box, place in zip(around.fills, around.order.tolist(), strict=True):
            over |= _holds(box, x, y) & (order < place) & (order >= 0)
        if over.any():
            found[COVERED] = over
    ground = np.full(len(x), _WHITE)
    if few:
        for box, colour, place in zip(around.fills, around.colours.tolist(), around.order.tolist(), strict=True):
            ground[_holds(box, x, y) & (order > place)] = colour
    same = colours == ground
    if same.any():
        found[BLANK] = same & ~_any_holds(around.images, x, y) & few
    taken = np.zeros(len(x), bool)
    for why, mask in found.items():  # one reason each
        found[why] = mask & inked & ~taken
        taken |= mask
    return {why: mask for why, mask in found.items() if mask.any()}


def beside_seen(glyphs: Glyphs, masks: dict[str, Mask]) -> bool:
    """Whether most hidden characters stand in lines with others that are seen."""
    unseen = np.logical_or.reduce(list(masks.values()))
    inked = np.array([bool(text.strip()) for text in glyphs.text])
    middles, heights = (glyphs.boxes[:, 1] + glyphs.boxes[:, 3]) / 2, glyphs.boxes[:, 3] - glyphs.boxes[:, 1]
    seen = np.sort(middles[inked & ~unseen])
    if not len(seen):
        return False
    ours = middles[unseen]
    at = np.searchsorted(seen, ours)
    near = np.minimum(np.abs(seen[np.minimum(at, len(seen) - 1)] - ours), np.abs(seen[np.maximum(at - 1, 0)] - ours))
    return bool((near <= 0.5 * heights[unseen]).mean() > 0.5)


def some(glyphs: Glyphs, mask: Mask) -> Glyphs:
    """Only these characters."""
    at = np.flatnonzero(mask)
    return Glyphs([glyphs.text[index] for index in at.tolist()], glyphs.boxes[at], glyphs.pieces[at])


def counted(masks: dict[str, Mask]) -> Counter[str]:
    """How many characters are hidden, by what hides them."""
    return Counter({why: int(mask.sum()) for why, mask in masks.items()})


def upright(boxes: Floats, rotation: int) -> Floats:
    """Boxes as a person sees the page. Half turns and quarter turns exchange and negate the axes."""
    left, bottom, right, top = boxes.T
    turned = {
        0: (left, bottom, right, top),
        90: (bottom, -right, top, -left),
        180: (-right, -top, -left, -bottom),
        270: (-top, left, -bottom, right),
    }[rotation]
    finite: Floats = np.nan_to_num(np.stack(turned, axis=1), posinf=0.0, neginf=0.0)
    return finite


def _holds(box: Floats, x: Floats, y: Floats) -> Mask:
    inside: Mask = (x > box[0]) & (x < box[2]) & (y > box[1]) & (y < box[3])
    return inside


def _any_holds(boxes: Floats, x: Floats, y: Floats) -> Mask:
    inside = np.zeros(len(x), bool)
    for box in boxes[:_FILLS]:
        inside |= _holds(box, x, y)
    return inside


def _handle(pointer: object) -> int:
    return ctypes.cast(pointer, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


def _colour(ask: object) -> tuple[int, int]:
    """Colour and opacity that PDFium writes into four numbers; black and opaque where it does not know."""
    four = [ctypes.c_uint() for _ in range(4)]
    if not ask(*map(ctypes.byref, four)):  # type: ignore[operator]
        return 0, _SOLID
    red, green, blue, alpha = (number.value for number in four)
    return red << 16 | green << 8 | blue, alpha
