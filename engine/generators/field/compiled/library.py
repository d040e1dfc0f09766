"""The field's compiled loops."""

from typing import Final

from engine.generators.field.compiled.check import check_loops
from engine.generators.field.compiled.forms import draw_sheet
from engine.generators.field.compiled.picture import finish_rows, pack_tile, paint_rows, shrink_bytes
from engine.jit import Library

LIBRARY: Final = Library("field", __name__, (draw_sheet, shrink_bytes, pack_tile, paint_rows, finish_rows), check_loops)
