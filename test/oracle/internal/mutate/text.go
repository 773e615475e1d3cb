// SPDX-License-Identifier: Apache-2.0

package mutate

import (
	"bytes"
	"regexp"
)

// mutateText changes bytes and lines, whatever they mean.
func mutateText(r dice, data []byte, count int) []byte {
	data = bytes.Clone(data)
	for range count {
		if r.chance(70) {
			data = mutateLine(r, data)
		} else {
			data = mutateBytes(r, data)
		}
	}
	return data
}

type lineChange func(r dice, lines [][]byte, i int) [][]byte

// lineChanges get the lines (with their ends) and the place of one of them.
var lineChanges = []lineChange{
	func(_ dice, l [][]byte, i int) [][]byte { return insert(l, i, l[i]) },              // twice
	func(_ dice, l [][]byte, i int) [][]byte { return append(l[:i:i], l[i+1:]...) },     // gone
	func(r dice, l [][]byte, i int) [][]byte { return insert(l, r.IntN(len(l)), l[i]) }, // elsewhere
	func(r dice, l [][]byte, i int) [][]byte { k := r.IntN(len(l)); l[i], l[k] = l[k], l[i]; return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = concat(" ", string(l[i])); return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = concat("  ", string(l[i])); return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = bytes.TrimPrefix(l[i], []byte(" ")); return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = concat("\t", string(l[i])); return l },
	func(r dice, l [][]byte, i int) [][]byte { return insert(l, i, []byte(pick(r, wholeLines))) },
	func(r dice, l [][]byte, i int) [][]byte { return insert(l, i, []byte(pick(r, wholeLines))) },
	func(r dice, l [][]byte, i int) [][]byte { l[i] = beforeEnd(l[i], pick(r, lineEnds)); return l },
	func(r dice, l [][]byte, i int) [][]byte { l[i] = beforeEnd(l[i], pick(r, lineEnds)); return l },
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = concat(string(bytes.TrimRight(l[i], "\r\n")))
		return l
	}, // joined
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = concat(string(bytes.TrimRight(l[i], "\r\n")), "\r\n")
		return l
	},
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = concat(string(bytes.TrimRight(l[i], "\r\n")), "\r")
		return l
	},
	func(r dice, l [][]byte, i int) [][]byte { l[i] = newValue(l[i], pick(r, scalars)); return l },
	func(r dice, l [][]byte, i int) [][]byte { l[i] = newValue(l[i], pick(r, scalars)); return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = quoteValue(l[i], `"`); return l },
	func(_ dice, l [][]byte, i int) [][]byte { l[i] = quoteValue(l[i], `'`); return l },
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = bytes.Replace(l[i], []byte(": "), []byte(":"), 1)
		return l
	},
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = bytes.Replace(l[i], []byte(": "), []byte(":   "), 1)
		return l
	},
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = bytes.Replace(l[i], []byte("- "), []byte("-   "), 1)
		return l
	},
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = bytes.Replace(l[i], []byte("- "), []byte("? "), 1)
		return l
	},
	func(_ dice, l [][]byte, i int) [][]byte {
		l[i] = bytes.ReplaceAll(l[i], []byte("  "), []byte("\t"))
		return l
	},
}

var wholeLines = []string{
	"# a comment\n", "  # indented\n", "\n", "   \n", "\t\n", "---\n", "...\n", "%YAML 1.1\n", "%TAG ! x\n", "key: value\n",
	"  key: value\n", "- item\n", "    - --v=2\n", "    - --encryption-provider-config=/x\n", "<<: *a\n", "? k\n", "{}\n",
	"    # - --v=2\n", "#\n", "    - \n", "    -\n", "status: {}\n", "kind: Pod\n", "  uid: x\n",
}

var lineEnds = []string{
	" # why", "#tight", " ", "   ", "\t", "\t# tab", ":", " :", ": x", " |", " >-", " &a", " *a", " !!str", "\u00a0", "\u0085",
	"\u2028", "é", "\U0001f600", "\ufeff", "\x00", "\x1b", "\x7f", "\xff", "\xc3", "\"", "'", "{", "[", "]", ",", "\\",
}

var bytesToPut = []string{
	" ", "\n", "\t", "\"", "'", ":", "-", "#", "&", "*", "!", "|", ">", "%", "@", "`", "{", "}", "[", "]", ",", "?", "\\",
	"\r", "\x00", "\x80", "\xef\xbb\xbf", "\xc2\x85", "\xe2\x80\xa8", "a", "0", "=",
}

func mutateLine(r dice, data []byte) []byte {
	lines := bytes.SplitAfter(data, []byte("\n"))
	return bytes.Join(pick(r, lineChanges)(r, lines, r.IntN(len(lines))), nil)
}

func mutateBytes(r dice, data []byte) []byte {
	if len(data) == 0 {
		return []byte(pick(r, bytesToPut))
	}
	i := r.IntN(len(data))
	switch r.IntN(6) {
	case 0:
		data[i] ^= 1 << r.IntN(8)
	case 1:
		data = append(data[:i:i], data[i+1:]...)
	case 2:
		data = append(data[:i:i], append([]byte(pick(r, bytesToPut)), data[i:]...)...)
	case 3:
		data[i] = pick(r, bytesToPut)[0]
	case 4:
		end := min(len(data), i+1+r.IntN(40))
		data = append(data[:i:i], data[end:]...)
	default:
		if r.chance(30) {
			return data[:i]
		}
		data = bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))
	}
	return data
}

func concat(parts ...string) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

func insert(lines [][]byte, i int, line []byte) [][]byte {
	return append(lines[:i:i], append([][]byte{line}, lines[i:]...)...)
}

func beforeEnd(line []byte, tail string) []byte {
	body := bytes.TrimRight(line, "\r\n")
	return concat(string(body), tail, string(line[len(body):]))
}

var pair = regexp.MustCompile(`^(\s*(?:- )*[\w./-]+:|\s*-) *([^\r\n]*)`)

func newValue(line []byte, value string) []byte {
	return pair.ReplaceAll(line, []byte("$1 "+value))
}

func quoteValue(line []byte, mark string) []byte {
	return pair.ReplaceAll(line, []byte("$1 "+mark+"$2"+mark))
}
