"""What the language promises, from reign.yaml to what stands on the disk."""

from __future__ import annotations

import pytest

from reign.model.errors import Failed

from .conftest import Folder

TEMPLATE = """\
variables: {port: {default: 1}}
resources:
  v: {type: value, spec: {value: later}}
  t:
    type: local.template
    spec:
      path: t.txt
      template: |
        port=${port} $${HOME} ${{ github }} %%{ if }
        %{ for name in names ~}
        - ${name | upper}
        %{ end ~}
        %{ if is_on }on%{ else }off%{ end } ${late}
      vars: {port: 80, names: [a, b], is_on: true, late: "${resources.v.value}"}
"""


def test_the_names_of_a_template_are_those_of_its_vars_alone(folder: Folder) -> None:
    (folder.path / "reign.yaml").write_text("version: 1\nproject: p\n" + TEMPLATE, encoding="utf-8")
    folder.apply()
    rendered = (folder.path / "t.txt").read_text(encoding="utf-8")
    assert rendered == "port=80 ${HOME} ${{ github }} %{ if }\n- A\n- B\non later\n"
    assert folder.actions() == {}


@pytest.mark.parametrize("name", ["var.port", "project.name", "env.HOME", "resources.v.value", "each.key", "port"])
def test_the_names_of_the_project_mean_nothing_in_a_template(folder: Folder, name: str) -> None:
    folder.write(f"  t: {{type: local.template, spec: {{path: t.txt, template: '${{{name}}}', vars: {{x: 1}}}}}}\n")
    with pytest.raises(Failed) as raised:
        folder.plan()
    [finding] = raised.value.findings
    assert (finding.code, str(finding.place)) == ("spec/template", "reign.yaml:4:62")


def test_a_finding_in_a_template_shows_the_line_it_is_in(folder: Folder) -> None:
    (folder.path / "unit.tmpl").write_text("# unit\r\n\r\n  listen ${ prot };\r\n", encoding="utf-8", newline="")
    folder.write(
        "  source: {type: local.template, spec: {path: a, source: unit.tmpl, vars: {port: 80}}}\n"
        "  block:\n    type: local.template\n    spec:\n      path: b\n      vars: {port: 80}\n"
        "      template: |\n        one\n        two ${port | uper}\n"
        '  quoted: {type: local.template, spec: {path: c, vars: {}, template: "\\t${\\"a"}}\n'
    )
    with pytest.raises(Failed) as raised:
        folder.plan()
    told = {finding.address: finding for finding in raised.value.findings}
    places = {name.removeprefix("local.template."): str(finding.place) for name, finding in told.items()}
    assert places == {"source": "unit.tmpl:3:13", "block": "reign.yaml:12:22", "quoted": "reign.yaml:13:75"}
    finding = told["local.template.source"]
    assert finding.excerpt == ((2, ""), (3, "  listen ${ prot };"))
    assert (finding.hint, str(finding.related[0])) == ('did you mean "port"?', "reign.yaml:4:58")
    assert finding.place is not None
    assert finding.place.width == len("prot")


def test_a_folder_that_was_there_is_accepted_where_that_is_asked_for_and_stays(folder: Folder) -> None:
    (folder.path / "there").mkdir()
    folder.write("  d: {type: local.directory, spec: {path: there, exist_ok: true}}\n")
    folder.apply()
    assert folder.actions() == {}
    assert folder.actions(destroy=True) == {"local.directory.d": "forget"}
    folder.apply(destroy=True)
    assert (folder.path / "there").is_dir()
    folder.apply()
    assert folder.actions() == {}
    assert folder.actions(destroy=True) == {"local.directory.d": "forget"}


def test_what_follows_from_ignored_content_is_ignored_with_it(folder: Folder) -> None:
    file = "  f: {{type: local.file, spec: {{path: a.txt, content: {}}}, lifecycle: {{ignore_changes: [content]}}}}\n"
    folder.write(file.format("one"))
    folder.apply()
    folder.write(file.format("another"))
    assert folder.actions() == {}
    (folder.path / "a.txt").write_text("by hand", "utf-8")
    assert folder.plan().plan.drift == ()
    assert folder.actions() == {}


def test_content_that_is_written_in_another_way_is_no_drift(folder: Folder) -> None:
    folder.write("  f: {type: local.file, spec: {path: a.txt, content: one}}\n")
    folder.apply()
    folder.write("  f: {type: local.file, spec: {path: a.txt, content_base64: b25l}}\n")
    assert folder.plan().plan.drift == ()
    folder.apply()
    assert folder.actions() == {}


def test_what_is_wrong_with_an_output_is_told_at_its_value(folder: Folder) -> None:
    text = "version: 1\nproject: p\nresources: {v: {type: value, spec: {value: 1}}}\noutputs:\n"
    text += '  fine: {value: 1}\n  wrong: {value: "${resources.v.vlue}"}\n'
    (folder.path / "reign.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Failed) as raised:
        folder.plan()
    [finding] = raised.value.findings
    assert (finding.code, finding.address, str(finding.place)) == ("plan/expression", "output.wrong", "reign.yaml:6:18")
    assert finding.excerpt[1] == (6, '  wrong: {value: "${resources.v.vlue}"}')
