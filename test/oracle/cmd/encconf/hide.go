// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strings"
)

// hider strips from a message what upstream may quote of the document: parsers quote in backquotes,
// and secrets stand behind `secret:`.
type hider struct{ secrets []string }

var (
	secretValue = regexp.MustCompile(`(?i)secret["']?\s*:\s*["']?([^\s"',}\]]{4,})`)
	quoted      = regexp.MustCompile("`[^`]*`")
)

func newHider(data []byte) hider {
	var h hider
	for _, match := range secretValue.FindAllSubmatch(data, -1) {
		h.secrets = append(h.secrets, string(match[1]))
	}
	return h
}

func (h hider) clean(message string) string {
	message = quoted.ReplaceAllString(message, "`…`")
	for _, secret := range h.secrets {
		message = strings.ReplaceAll(message, secret, "…")
	}
	return message
}
