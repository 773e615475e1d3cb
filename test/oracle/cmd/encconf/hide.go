// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"strings"
)

// hider strips from a message what upstream may quote of the document: parsers quote in backquotes,
// secrets stand behind `secret:`, and wherever else a run is as long as a key in base64, it may be one.
type hider struct{ secrets []string }

var (
	secretValue = regexp.MustCompile(`(?i)secret["']?\s*:\s*["']?([^\s"',}\]]{4,})`)
	longRun     = regexp.MustCompile(`[A-Za-z0-9+/=_-]{20,}`)
	quoted      = regexp.MustCompile("`[^`]*`")
)

func newHider(data []byte) hider {
	var h hider
	for _, match := range secretValue.FindAllSubmatch(data, -1) {
		h.secrets = append(h.secrets, string(match[1]))
	}
	for _, run := range longRun.FindAll(data, -1) {
		if !strings.HasPrefix(string(run), "EncryptionConfig") {
			h.secrets = append(h.secrets, string(run))
		}
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
