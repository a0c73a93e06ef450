# For gdb: names methods in backtraces as C# does, Multicosm.Entry.KernelMain.Run, where the compiler's symbol is
# Multicosm_Entry_Multicosm_Entry_KernelMain__Run: assembly, namespace and type, two underscores, method.
import re
import gdb
from gdb.FrameDecorator import FrameDecorator


def readable(symbol):
    type_name, separator, method = symbol.partition("__")
    if not separator or not type_name:
        return symbol
    type_name = re.sub(r"^(S_P_CoreLib_|Multicosm_.*?(?=_Multicosm_)_)", "", type_name)
    return type_name.replace("_", ".") + "." + method


class NamedFrame(FrameDecorator):
    def function(self):
        name = super().function()
        return readable(name) if isinstance(name, str) else name


class NamedFrames:
    name = "multicosm"
    priority = 100
    enabled = True

    def filter(self, frames):
        return map(NamedFrame, frames)


gdb.frame_filters["multicosm"] = NamedFrames()
