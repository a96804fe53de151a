# A policy for plans of Terraform, as one is written for them: nothing in it knows of another tool.
package main

import rego.v1

protected := {"local.file"}

deny contains message if {
	some change in input.resource_changes
	"delete" in change.change.actions
	not "create" in change.change.actions
	change.type in protected
	message := sprintf("%s: must not be destroyed", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.change.actions in [["delete", "create"], ["create", "delete"]]
	message := sprintf("%s: must not be replaced, by %v", [change.address, change.change.replace_paths])
}

deny contains message if {
	some change in input.resource_changes
	some action in change.change.actions
	action in {"create", "update"}
	change.change.after.mode == "0666"
	message := sprintf("%s: may be written by everybody", [change.address])
}

deny contains message if {
	some name, output in input.planned_values.outputs
	not output.sensitive
	contains(lower(name), "password")
	message := sprintf("output.%s: must be sensitive", [name])
}

deny contains message if {
	some check in input.checks
	check.status == "fail"
	message := sprintf("%s: failed", [check.address.to_display])
}

warn contains message if {
	some change in input.resource_drift
	message := sprintf("%s: changed outside", [change.address])
}

warn contains message if {
	some change in input.resource_changes
	some name, unknown in change.change.after_unknown
	unknown == true
	name == "content"
	message := sprintf("%s: %s is known after apply", [change.address, name])
}

warn contains "only a part is planned" if not input.complete
