// Reads documents of plans and of states with the library that tools for Terraform read them with, one a line:
// {"kind": "plan" or "state", "document": ...}. Prints what it understood, one a line, or {"error": ...}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	tfjson "github.com/hashicorp/terraform-json"
)

type question struct {
	Kind     string          `json:"kind"`
	Document json.RawMessage `json:"document"`
}

type object = map[string]any

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<30)
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		answer, err := answerTo(lines.Bytes())
		if err != nil {
			answer = object{"error": err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func answerTo(line []byte) (any, error) {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	if asked.Kind == "state" {
		var state tfjson.State
		state.UseJSONNumber(true)
		if err := state.UnmarshalJSON(asked.Document); err != nil {
			return nil, err
		}
		return stateOf(&state), state.Validate()
	}
	var plan tfjson.Plan
	plan.UseJSONNumber(true)
	if err := plan.UnmarshalJSON(asked.Document); err != nil {
		return nil, err
	}
	return planOf(&plan), plan.Validate()
}

func planOf(plan *tfjson.Plan) object {
	variables := object{}
	for name, variable := range plan.Variables {
		variables[name] = variable.Value
	}
	outputs := object{}
	for name, change := range plan.OutputChanges {
		outputs[name] = changeOf(change)
	}
	checks := object{}
	for _, check := range plan.Checks {
		problems := []string{}
		for _, instance := range check.Instances {
			for _, problem := range instance.Problems {
				problems = append(problems, problem.Message)
			}
		}
		checks[check.Address.Name] = object{
			"kind": check.Address.Kind, "shown": check.Address.ToDisplay, "status": check.Status, "problems": problems,
		}
	}
	return object{
		"format_version": plan.FormatVersion,
		"complete":       plan.Complete,
		"timestamp":      plan.Timestamp,
		"variables":      variables,
		"changes":        changesOf(plan.ResourceChanges),
		"drift":          changesOf(plan.ResourceDrift),
		"outputs":        outputs,
		"planned":        valuesOf(plan.PlannedValues),
		"prior":          stateOf(plan.PriorState),
		"configuration":  configOf(plan.Config),
		"checks":         checks,
	}
}

func changesOf(changes []*tfjson.ResourceChange) []object {
	told := []object{}
	for _, change := range changes {
		told = append(told, object{
			"address": change.Address, "previous": change.PreviousAddress, "mode": change.Mode, "type": change.Type,
			"name": change.Name, "index": change.Index, "provider": change.ProviderName, "deposed": change.DeposedKey,
			"change": changeOf(change.Change),
		})
	}
	return told
}

func changeOf(change *tfjson.Change) object {
	importing := ""
	if change.Importing != nil {
		importing = change.Importing.ID
	}
	return object{
		"does": doneBy(change.Actions), "before": change.Before, "after": change.After, "unknown": change.AfterUnknown,
		"before_sensitive": change.BeforeSensitive, "after_sensitive": change.AfterSensitive,
		"importing": importing, "replace_paths": change.ReplacePaths,
	}
}

// In the words of the library's own questions.
func doneBy(actions tfjson.Actions) string {
	for name, holds := range map[string]bool{
		"no-op": actions.NoOp(), "create": actions.Create(), "read": actions.Read(), "update": actions.Update(),
		"delete": actions.Delete(), "forget": actions.Forget(), "delete, create": actions.DestroyBeforeCreate(),
		"create, delete": actions.CreateBeforeDestroy(),
	} {
		if holds {
			return name
		}
	}
	return fmt.Sprint(actions)
}

func stateOf(state *tfjson.State) object {
	if state == nil {
		return nil
	}
	return object{"format_version": state.FormatVersion, "values": valuesOf(state.Values)}
}

func valuesOf(values *tfjson.StateValues) object {
	outputs, resources := object{}, []object{}
	for name, output := range values.Outputs {
		kind := ""
		if output.Type.GoString() != "cty.NilType" {
			kind = output.Type.FriendlyName()
		}
		outputs[name] = object{"sensitive": output.Sensitive, "value": output.Value, "type": kind}
	}
	for _, resource := range values.RootModule.Resources {
		resources = append(resources, object{
			"address": resource.Address, "mode": resource.Mode, "type": resource.Type, "name": resource.Name,
			"index": resource.Index, "provider": resource.ProviderName, "values": resource.AttributeValues,
			"sensitive": resource.SensitiveValues, "depends_on": resource.DependsOn, "tainted": resource.Tainted,
			"deposed": resource.DeposedKey, "version": resource.SchemaVersion,
		})
	}
	return object{"outputs": outputs, "resources": resources}
}

func configOf(config *tfjson.Config) object {
	resources, outputs := object{}, object{}
	for _, resource := range config.RootModule.Resources {
		told := object{}
		for name, expression := range resource.Expressions {
			told[name] = expressionOf(expression)
		}
		resources[resource.Address] = object{
			"mode": resource.Mode, "type": resource.Type, "name": resource.Name, "provider": resource.ProviderConfigKey,
			"expressions": told, "depends_on": resource.DependsOn,
			"count": expressionOf(resource.CountExpression), "for_each": expressionOf(resource.ForEachExpression),
		}
	}
	for name, output := range config.RootModule.Outputs {
		outputs[name] = object{"sensitive": output.Sensitive, "is": expressionOf(output.Expression)}
	}
	providers := object{}
	for name, provider := range config.ProviderConfigs {
		providers[name] = []string{provider.Name, provider.FullName, provider.Alias}
	}
	return object{"resources": resources, "outputs": outputs, "providers": providers}
}

func expressionOf(expression *tfjson.Expression) any {
	switch {
	case expression == nil || expression.ExpressionData == nil:
		return nil
	case len(expression.References) > 0:
		return object{"references": expression.References}
	case expression.ConstantValue == tfjson.UnknownConstantValue:
		return "unknown"
	}
	return object{"constant": expression.ConstantValue}
}
