"""Makes the TTF files of this folder anew, with the letters that the present ones have.

    pip install fonttools brotli
    npm pack inter-ui@4.1.1 @fontsource/noto-sans-hebrew@5.3.0 @fontsource/noto-sans-arabic@5.3.0   # and unpack each
    python subset.py INTER_UI NOTO_SANS_HEBREW NOTO_SANS_ARABIC
"""

import pathlib
import sys
import tempfile

from fontTools.merge import Merger, Options as MergeOptions
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent
INTER = ["kern", "mark", "mkmk", "ccmp", "calt", "case", "cv11", "frac", "locl", "ss01", "sups", "tnum", "zero"]
# A drawing takes one font for a whole name, so the Noto files have Latin letters, too.
LATIN = set(range(0x20, 0x7F)) | {0xA0, 0xB7, 0x2013, 0x2026}


def letters(name):
    return set(TTFont(HERE / name).getBestCmap())


def subset(source, wanted, features):
    font = TTFont(source)
    options = Options()
    options.layout_features, options.hinting, options.name_IDs, options.notdef_outline = features, False, ["*"], True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    # The same bytes every time.
    font.flavor, font.recalcTimestamp = None, False
    return font


def inter(package):
    for weight in ["Regular", "Medium", "SemiBold", "Bold"]:
        name = f"Inter-{weight}.ttf"
        subset(f"{package}/web/Inter-{weight}.woff2", letters(name), INTER).save(HERE / name)


def noto(package, script):
    for number, weight in [(400, "Regular"), (600, "SemiBold")]:
        name, family = f"NotoSans{script}-{weight}.ttf", f"Noto Sans {script}"
        files = f"{package}/files/noto-sans-{script.lower()}"
        with tempfile.TemporaryDirectory() as folder:
            parts = []
            for part, wanted in [(script.lower(), letters(name) - LATIN), ("latin", LATIN)]:
                parts.append(f"{folder}/{part}.ttf")
                subset(f"{files}-{part}-{number}-normal.woff2", wanted, ["*"]).save(parts[-1])
            font = Merger(MergeOptions(drop_tables=["vmtx", "vhea", "MATH", "STAT", "gasp"])).merge(parts)
        names = font["name"]
        for number_of_name in (16, 17, 21, 22, 25):
            names.removeNames(nameID=number_of_name)
        is_regular = weight == "Regular"
        said = {1: family if is_regular else f"{family} {weight}", 2: "Regular", 4: f"{family} {weight}", 6: name[:-4]}
        said |= {} if is_regular else {16: family, 17: weight}
        for number_of_name, text in said.items():
            names.setName(text, number_of_name, 3, 1, 0x409)
        font["OS/2"].usWeightClass = number
        font["head"].created = font["head"].modified = 3800000000
        font.recalcTimestamp = False
        font.save(HERE / name)


inter(sys.argv[1])
noto(sys.argv[2], "Hebrew")
noto(sys.argv[3], "Arabic")
