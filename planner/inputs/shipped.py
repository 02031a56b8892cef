"""Where the shipped catalogs and instances are: beside the package in a checkout, inside it when installed."""

from pathlib import Path

from planner.errors import InputError
from planner.inputs.instance import INSTANCE_FILE
from planner.tables import write_atomically


def instances_folder() -> Path:
    """Returns the folder of the shipped instances."""
    package = Path(__file__).resolve().parents[1]
    checkout = package.parent / "instances"
    return checkout if (package.parent / "pyproject.toml").is_file() else package / "_data" / "instances"


def shipped_instances() -> list[str]:
    """Returns the names of the shipped instances."""
    return sorted(path.parent.name for path in instances_folder().glob(f"*/{INSTANCE_FILE}"))


def instance_path(path: Path) -> Path:
    """Returns the path of an instance: as given if it exists, else the shipped instance of that last name.

    Raises InputError where there is neither.
    """
    if path.is_file() or (path / INSTANCE_FILE).is_file():
        return path
    if not path.exists() and path.name in shipped_instances():
        return instances_folder() / path.name
    names = ", ".join(shipped_instances())
    raise InputError.single(str(path), f"a folder with {INSTANCE_FILE}, a YAML file, or one of the shipped {names}", "neither")


def start_instance(folder: Path, example: str) -> list[Path]:
    """Returns the files of a shipped instance copied to a new or empty folder; nothing is ever overwritten."""
    if example not in shipped_instances():
        raise InputError.single("--from", f"one of {', '.join(shipped_instances())}", repr(example))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError.single(str(folder), "a new or empty folder", "something in it")
    written = []
    for source in sorted((instances_folder() / example).iterdir()):
        if source.is_file():
            write_atomically(folder / source.name, source.read_bytes())
            written.append(folder / source.name)
    return written
