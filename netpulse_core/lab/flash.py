"""A router's file system."""

from hashlib import md5

from netpulse_core.lab.grammar import Refusal

SYSTEM = "flash:"
_FREE = 1_989_595_136


class Flash:
    """Files by name."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}

    def directory(self, path: str = SYSTEM) -> str:
        """What `dir` prints of the file system or of one file in it."""
        name = _name(path)
        shown = {name: self.read(path)} if name else self.files
        rows = [
            f"{number:>5}  -rw-  {len(text):>9}  Nov 23 2025 12:00:00 +00:00  {file}"
            for number, (file, text) in enumerate(shown.items(), 1)
        ]
        return "\n".join(
            [f"Directory of {SYSTEM}/{name}", "", *rows, "", f"2142715904 bytes total ({_FREE} bytes free)\n"]
        )

    def read(self, path: str) -> str:
        """The text of a file, or of `null:`, which has none."""
        if path.startswith("null:"):
            return ""
        if _name(path) not in self.files:
            raise Refusal(f"%Error opening {path} (No such file or directory)\n")
        return self.files[_name(path)]

    def write(self, path: str, text: str) -> None:
        self.files[_name(path)] = text

    def checksum(self, path: str) -> str:
        """What `verify /md5` prints."""
        found = md5(self.read(path).encode(), usedforsecurity=False).hexdigest()
        return f".MD5 of {path} Done!\nverify /md5 ({path}) = {found}\n"


def _name(path: str) -> str:
    return path.partition(":")[2].lstrip("/")
