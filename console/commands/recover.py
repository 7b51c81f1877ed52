"""`recover`: after a restore the ERPs may know more than the database."""

from console import errors
from console.output import as_json, counted, progress, say
from console.wiring import site
from engine.store.recovery import doubt_everything


def run(*, json: bool) -> int:
    """Put every open export in doubt."""
    with site() as here:
        with progress("Exports", None) as step:
            count = doubt_everything(here.database, here.settings.delays, here.now(), step)
        here.changed()
    if json:
        as_json([{"in_doubt": count}])
    else:
        say(f"{counted(count, 'open export')} put in doubt; each ERP is asked before anything is sent again.")
    return errors.DONE
