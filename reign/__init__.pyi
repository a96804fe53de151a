from reign.api.state_manager import ResourceState as ResourceState
from reign.api.state_manager import RollbackPlan as RollbackPlan
from reign.api.state_manager import StateManager as StateManager
from reign.api.state_manager import TimelineEntry as TimelineEntry
from reign.api.state_manager import Undone as Undone
from reign.app.nouns import Applied as Applied
from reign.model.errors import Failed as Failed
from reign.model.errors import Locked as Locked
from reign.model.errors import Refused as Refused
from reign.model.errors import ReignError as ReignError
from reign.model.errors import Stale as Stale
from reign.model.event import Checkpoint as Checkpoint
from reign.model.finding import Finding as Finding

__version__: str
