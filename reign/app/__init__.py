"""The use-cases, one function per verb, and the only place where the rooms are wired together.

validate.validate(where) -> Validated                          init.init(where) -> Initialised
plan.make_plan(where, options, looking) -> Planned             planfile.seal_plan(where, planned) -> bytes
planfile.open_plan(where, data) -> Planned           apply.apply(where, request, approve, watch, cancel, looking) -> Applied
look.outputs(where) -> dict[str, OutputValue]                  look.state(where) -> State
look.query(where, sql) -> Table                                look.ask(where, question, **parameters) -> Table

Each raises the errors of `reign.model.errors`, complete with findings; none prints, exits or reads a terminal.
"""
