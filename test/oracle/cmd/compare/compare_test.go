// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func value(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

const (
	before = `{"metadata":{"uid":"1","annotations":{"kubernetes.io/config.hash":"1"}},"spec":{"containers":[` +
		`{"command":["a","--v=2"],"image":"x"}],"volumes":[{"name":"b"}]}}`
	argument = `"--encryption-provider-config=/etc/kubernetes/enc.yaml"`
	mounts   = `[{"mountPath":"/etc/kubernetes/enc.yaml","name":"encryption-config","readOnly":true}]`
	volume   = `{"name":"encryption-config","hostPath":{"path":"/etc/kubernetes/enc.yaml","type":"File"}}`
)

func patched(command, mounts, volumes, image string) string {
	return `{"metadata":{"uid":"2","annotations":{"kubernetes.io/config.hash":"2"}},"spec":{"containers":[{"command":` +
		command + `,"volumeMounts":` + mounts + `,"image":` + image + `}],"volumes":` + volumes + `}}`
}

// Only the three additions pass, wherever they stand in their lists.
func TestOnlyAdded(t *testing.T) {
	for name, test := range map[string]struct {
		after string
		ok    bool
	}{
		"all three":        {patched(`["a",`+argument+`,"--v=2"]`, mounts, `[{"name":"b"},`+volume+`]`, `"x"`), true},
		"flag only":        {patched(`["a","--v=2",`+argument+`]`, `[]`, `[{"name":"b"}]`, `"x"`), true},
		"flag twice":       {patched(`["a","--v=2",`+argument+`,`+argument+`]`, mounts, `[{"name":"b"},`+volume+`]`, `"x"`), false},
		"another flag":     {patched(`["a","--v=2","--v=3"]`, mounts, `[{"name":"b"},`+volume+`]`, `"x"`), false},
		"moved":            {patched(`["--v=2","a",`+argument+`]`, mounts, `[{"name":"b"},`+volume+`]`, `"x"`), false},
		"gone":             {patched(`["a",`+argument+`]`, mounts, `[{"name":"b"},`+volume+`]`, `"x"`), false},
		"another image":    {patched(`["a",`+argument+`,"--v=2"]`, mounts, `[{"name":"b"},`+volume+`]`, `"y"`), false},
		"another volume":   {patched(`["a","--v=2"]`, mounts, `[{"name":"b"},{"name":"c"}]`, `"x"`), false},
		"a volume changed": {patched(`["a","--v=2"]`, mounts, `[{"name":"c"}]`, `"x"`), false},
	} {
		err := onlyAdded(value(t, before), value(t, test.after), false)
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A patch may mend what was wrong, and must not add to it; where it stands does not matter.
func TestNoNewReason(t *testing.T) {
	old := "invalid pod: [spec.volumes[1].name: Required value spec.containers[0].image: Required value]"
	if !noNewReason(old, "invalid pod: [spec.volumes[2].name: Required value]") {
		t.Error("one of two")
	}
	if noNewReason(old, "invalid pod: [spec.volumes[2].name: Duplicate value: \"x\"]") {
		t.Error("a new one")
	}
}

// Numbers of a JSON text are compared as they will be decoded, those of YAML exactly.
func TestParseJSON(t *testing.T) {
	for _, test := range []struct {
		a, b          string
		json, differs bool
	}{
		{"1000", "1e3", false, false},
		{"123456789012345678901234567890", "123456789012345680000000000000", true, false},
		{"123456789012345678901234567890", "123456789012345680000000000000", false, true},
		{"9007199254740993", "9007199254740992", true, true},
		{`"1"`, "1", false, true},
	} {
		a, errA := parseJSON(test.a, test.json)
		b, errB := parseJSON(test.b, test.json)
		if errA != nil || errB != nil || (a != b) != test.differs {
			t.Errorf("%v: %v, %v", test, a, b)
		}
	}
	if _, err := parseJSON("1 2", false); err == nil {
		t.Error("two values")
	}
}

func TestRepeatsField(t *testing.T) {
	for text, want := range map[string]bool{
		`{"a":1,"b":{"a":1}}`: false, `{"a":1,"a":1}`: true, `[{"b":[{"c":1,"c":2}]}]`: true, `{"a":`: false, `"a"`: false,
		`[{"a":1},{"a":1}]`: false,
	} {
		if repeatsField([]byte(text)) != want {
			t.Error(text)
		}
	}
}

// Every difference of the table has its reason in differences.md, and every reason its difference.
func TestDifferencesAreExplained(t *testing.T) {
	text, err := os.ReadFile("../../differences.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		if !strings.Contains(string(text), "## "+d.name+"\n") {
			t.Errorf("%s has no section", d.name)
		}
	}
	if sections := strings.Count(string(text), "\n## "); sections != len(differences) {
		t.Errorf("%d sections for %d differences", sections, len(differences))
	}
}
