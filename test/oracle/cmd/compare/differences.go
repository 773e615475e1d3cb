// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// difference is one that stays: differences.md says why under its name.
type difference struct {
	name   string
	what   string                 // json, inject, encconf or stored
	reason *regexp.Regexp         // what the disagreement says
	holds  func(data []byte) bool // what the document must be besides; nil: anything
}

// In all of them but one we refuse what a server would take. The one is repeated-json-fields.
var differences = []difference{
	{
		name: "strict-bytes", what: "encconf",
		reason: regexp.MustCompile(`we (refuse|name \[\]): config-syntax: (a carriage return that ends no CR LF pair|` +
			`the character U\+(0085|2028|2029)|a YAML directive|a byte order mark|control character 0x7f|` +
			`a comma directly behind a tag|a ':' in an unquoted value in brackets|a byte sequence that is not UTF-8)`),
	},
	{
		name: "text-behind", what: "encconf",
		reason: regexp.MustCompile(`we (refuse|name \[\]): config-syntax: text behind the end of the document`),
	},
	{
		name: "json-behind-bom", what: "encconf",
		reason: regexp.MustCompile(`we (refuse|name \[\]): config-syntax: `),
		holds:  isJSONBehindBOM,
	},
	{
		name: "internal-version", what: "encconf",
		reason: regexp.MustCompile(`names \[resources\], we name \[apiVersion.*config-kind`),
		holds:  func(data []byte) bool { return bytes.Contains(data, []byte("__internal")) },
	},
	{
		name: "number-too-large", what: "encconf",
		reason: regexp.MustCompile(`^1\.(28|30) .*we (refuse|name \[\]): config-syntax: (text that is no JSON value|.* is infinite or not a number)`),
		holds:  largeNumber.Match,
	},
	{
		name: "repeated-json-fields", what: "encconf",
		reason: regexp.MustCompile(`^1\.(28|30) `), // strict decoding refuses them
		holds:  func(data []byte) bool { return isJSON(data) && repeatsField(data) },
	},
	{
		name: "damaged-text", what: "stored",
		reason: regexp.MustCompile(`^the server reads this object from bytes that are not UTF-8, we say (other|wrong)`),
		holds:  func(data []byte) bool { return bytes.Contains(data, []byte("\n/registry/example.com/")) },
	},
}

var largeNumber = regexp.MustCompile(`[0-9][eE]\+?[0-9]{3}|(?i)\.(inf|nan)`)

// knownDifference is the name of the difference that a disagreement is an instance of, "" for none.
func knownDifference(what string, doc document, reason string) string {
	for _, d := range differences {
		if d.what == what && d.reason.MatchString(reason) && (d.holds == nil || d.holds(doc.data)) {
			return d.name
		}
	}
	return ""
}

// isJSONBehindBOM: the API server does not see the brace behind a byte order mark, and reads YAML.
func isJSONBehindBOM(data []byte) bool {
	rest, found := bytes.CutPrefix(data, []byte("\ufeff"))
	return found && isJSON(rest)
}

// repeatsField tells whether some object of a JSON text has a field twice.
func repeatsField(data []byte) bool {
	return repeatsIn(json.NewDecoder(bytes.NewReader(data)))
}

// repeatsIn reads one value. Broken JSON counts as no repetition.
func repeatsIn(decoder *json.Decoder) bool {
	token, err := decoder.Token()
	if err != nil {
		return false
	}
	open, ok := token.(json.Delim)
	if !ok {
		return false
	}
	seen, repeated := map[json.Token]bool{}, false
	for decoder.More() {
		if open == '{' {
			field, err := decoder.Token()
			if err != nil {
				return repeated
			}
			repeated = repeated || seen[field]
			seen[field] = true
		}
		repeated = repeatsIn(decoder) || repeated
	}
	_, _ = decoder.Token() // the closing bracket, or the end of a broken text
	return repeated
}
