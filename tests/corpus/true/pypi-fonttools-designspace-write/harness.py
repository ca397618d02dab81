"""Build a variable font from the designspace document in the input file.

{forbidden} in it stands for the folder that must not change.
"""

import os
import pathlib
import sys

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.varLib import main


def master(path, width):
    """A font of one square."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 500), (width, 500), (width, 0)):
        pen.lineTo(point)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef"])
    font.setupCharacterMap({})
    font.setupGlyf({".notdef": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (600, 0)})
    font.setupHorizontalHeader(ascent=800, descent=-200)
    font.setupNameTable({"familyName": "Square", "styleName": "Regular"})
    font.setupOS2()
    font.setupPost()
    font.save(path)


document = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
pathlib.Path("square.designspace").write_text(
    document.replace("{forbidden}", os.environ["HEADSTART_FORBIDDEN"]), encoding="utf-8"
)
master("light.ttf", 300)
master("bold.ttf", 500)
main(["--output-dir", "built", "square.designspace"])
