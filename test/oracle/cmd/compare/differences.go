// SPDX-License-Identifier: Apache-2.0

package main

import "regexp"

// difference is one that stays: differences.md says why under its name.
type difference struct {
	name   string
	what   string         // json, inject or encconf
	reason *regexp.Regexp // what the disagreement says
	data   *regexp.Regexp // what the document must hold
}

var differences = []difference{}

// knownDifference is the name of the difference that a disagreement is an instance of, "" for none.
func knownDifference(what string, doc document, reason string) string {
	for _, d := range differences {
		if d.what == what && d.reason.MatchString(reason) && d.data.Match(doc.data) {
			return d.name
		}
	}
	return ""
}
