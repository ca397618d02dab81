import pathlib
import sys

import pyparsing as pp

item = pp.Forward()
item <<= pp.Word(pp.alphas) | pp.Group("[" + item + "]")
text = pathlib.Path(sys.argv[1]).read_text().strip()
sys.setrecursionlimit(80)
item.parse_string(text, parse_all=True)
