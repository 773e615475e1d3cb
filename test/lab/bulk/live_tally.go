// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// What can be wrong with an answer. All but unavailable are faults: no change of keys may cause one.
const (
	decryption  = "decryption"   // a server met a stored value that it cannot read
	lost        = "lost"         // what was created and answered is not there
	wrong       = "wrong"        // it is there with another value
	ghost       = "ghost"        // what was deleted and answered is there
	internal    = "internal"     // any other 500
	refused     = "refused"      // a 4xx that nobody expects
	missed      = "watch-missed" // a watch passed over a creation
	watchError  = "watch-error"  // a watch ended with an error
	unavailable = "unavailable"  // no answer, or one that says: later
)

var (
	// The API server's words for a value that it cannot read: k8s.io/apiserver's transformers and its etcd3 store.
	unreadable = regexp.MustCompile(`(?i)transform|decrypt|padding|message authentication|unable to de`)
	// Words of one that does not get through to etcd, or of etcd without a leader.
	transient = regexp.MustCompile(`(?i)etcdserver|rpc error|deadline|connection|leader|timed out|timeout`)
	unable    = regexp.MustCompile(`(?i)unable to|InternalError.*storage`)
)

// Fault is the class of an answer that is none of 2xx, 404 and 409, and how it came.
func fault(status int, text string) (class, how string) {
	switch {
	case status == 0:
		return unavailable, howBroken(text)
	case status == 401 || status == 403:
		return unavailable, "forbidden" // its caches are not filled yet
	case status == 429 || (status > 501 && status < 505):
		return unavailable, fmt.Sprint(status)
	case status >= 500 && unreadable.MatchString(text):
		return decryption, fmt.Sprint(status)
	case status >= 500 && transient.MatchString(text):
		return unavailable, "etcd"
	case status >= 500 && unable.MatchString(text):
		return decryption, fmt.Sprint(status)
	case status >= 500:
		return internal, fmt.Sprint(status)
	default:
		return refused, fmt.Sprint(status)
	}
}

func howBroken(text string) string {
	for _, how := range []string{"refused", "reset", "EOF", "GOAWAY", "imeout", "deadline"} {
		if strings.Contains(text, how) {
			return strings.TrimPrefix(how, "i")
		}
	}
	return "broken"
}

// Stretch is the time in which something does not succeed: from one success to the next, if there is a failure between.
type stretch struct {
	since   time.Time
	failing bool
}

// Take returns how long it was, where a success ends one.
func (s *stretch) take(now time.Time, good bool) time.Duration {
	if !good {
		s.failing = true
		return 0
	}
	length := now.Sub(s.since)
	was := s.failing
	s.since, s.failing = now, false
	if was {
		return length
	}
	return 0
}

type gap struct {
	At float64 `json:"at"`
	Ms int64   `json:"ms"`
}

type span struct {
	Count int     `json:"count"`
	First float64 `json:"first"`
	Last  float64 `json:"last"`
}

// Did is what came of one kind of operation through one server.
type did struct {
	Done      int   `json:"done"`
	Failed    int   `json:"failed"`
	SlowestMs int64 `json:"slowest_ms"`
	LongestMs int64 `json:"longest_failing_ms"` // between two that succeeded
	TotalMs   int64 `json:"failing_ms"`
	failing   stretch
}

type told struct {
	Address   string           `json:"server"`
	Did       map[string]*did  `json:"operations"`
	Errors    map[string]*span `json:"errors"`
	How       map[string]int   `json:"unavailable"`
	Gaps      []gap            `json:"gaps"` // without any answer, the longest ones
	LongestMs int64            `json:"longest_gap_ms"`
	Watches   map[string]int   `json:"watches"`
	away      stretch
}

type example struct {
	At        float64 `json:"at"`
	Server    string  `json:"server"`
	Operation string  `json:"operation"`
	Class     string  `json:"class"`
	Text      string  `json:"text"`
}

type tally struct {
	sync.Mutex
	begin    time.Time
	servers  []*told
	examples []example
	counts   map[string]int
}

const (
	keptGaps = 10
	kept     = 3 // examples of each class and operation
)

func newTally(addresses []string) *tally {
	t := &tally{begin: time.Now(), counts: map[string]int{}, examples: []example{}}
	for _, address := range addresses {
		t.servers = append(t.servers, &told{Address: address, Did: map[string]*did{}, Errors: map[string]*span{},
			How: map[string]int{}, Watches: map[string]int{}, Gaps: []gap{}, away: stretch{since: t.begin}})
	}
	return t
}

func (t *tally) at(now time.Time) float64 {
	return float64(now.Sub(t.begin).Milliseconds()) / 1000
}

func (t *tally) count(what string) {
	t.Lock()
	defer t.Unlock()
	t.counts[what]++
}

func (t *tally) watches(server int, what string) {
	t.Lock()
	defer t.Unlock()
	t.servers[server].Watches[what]++
}

func (t *tally) did(server int, operation string) *did {
	one := t.servers[server].Did[operation]
	if one == nil {
		one = &did{failing: stretch{since: t.begin}}
		t.servers[server].Did[operation] = one
	}
	return one
}

func addGap(gaps []gap, at float64, length time.Duration) []gap {
	gaps = append(gaps, gap{at, length.Milliseconds()})
	slices.SortFunc(gaps, func(a, b gap) int { return int(b.Ms - a.Ms) })
	return gaps[:min(len(gaps), keptGaps)]
}

// Answered takes note of an operation that was answered in a way that tells.
func (t *tally) answered(server int, operation string, took time.Duration) {
	t.Lock()
	defer t.Unlock()
	now, one, s := time.Now(), t.did(server, operation), t.servers[server]
	one.Done++
	one.SlowestMs = max(one.SlowestMs, took.Milliseconds())
	if length := one.failing.take(now, true); length > 0 {
		one.LongestMs, one.TotalMs = max(one.LongestMs, length.Milliseconds()), one.TotalMs+length.Milliseconds()
	}
	t.here(s, now)
}

// Here ends the time in which a server gave no answer.
func (t *tally) here(s *told, now time.Time) {
	if length := s.away.take(now, true); length >= time.Millisecond {
		s.Gaps = addGap(s.Gaps, t.at(now.Add(-length)), length)
		s.LongestMs = max(s.LongestMs, length.Milliseconds())
	}
}

// Failed takes note of an operation that failed.
func (t *tally) failed(server int, operation, class, how, text string) {
	t.Lock()
	defer t.Unlock()
	now, one, s := time.Now(), t.did(server, operation), t.servers[server]
	one.Failed++
	one.failing.take(now, false)
	if class == unavailable {
		s.How[how]++
		s.away.take(now, false)
	} else {
		t.here(s, now)
	}
	found := s.Errors[class]
	if found == nil {
		found = &span{First: t.at(now)}
		s.Errors[class] = found
	}
	found.Count, found.Last = found.Count+1, t.at(now)
	t.example(example{t.at(now), s.Address, operation, class, text})
}

// Example keeps the first few of each class and operation.
func (t *tally) example(one example) {
	same := 0
	for _, each := range t.examples {
		if each.Class == one.Class && each.Operation == one.Operation {
			same++
		}
	}
	if same < kept {
		one.Text = strings.ToValidUTF8(one.Text[:min(len(one.Text), 300)], "")
		t.examples = append(t.examples, one)
	}
}

// Sums is the errors of each class, through all servers, and how many are faults.
func (t *tally) sums() (map[string]int, int) {
	sums, faults := map[string]int{}, 0
	for _, class := range []string{decryption, lost, wrong, ghost, internal, refused, missed, watchError, unavailable} {
		sums[class] = 0
	}
	for _, s := range t.servers {
		for class, one := range s.Errors {
			sums[class] += one.Count
			if class != unavailable {
				faults += one.Count
			}
		}
	}
	return sums, faults
}

// Close ends what is still failing.
func (t *tally) close() {
	now := time.Now()
	for _, s := range t.servers {
		if s.away.failing {
			t.here(s, now)
		}
		for _, one := range s.Did {
			if one.failing.failing {
				length := one.failing.take(now, true)
				one.LongestMs, one.TotalMs = max(one.LongestMs, length.Milliseconds()), one.TotalMs+length.Milliseconds()
			}
		}
	}
}

func (t *tally) print() {
	t.Lock()
	defer t.Unlock()
	t.close()
	sums, faults := t.sums()
	text, err := json.MarshalIndent(map[string]any{"seconds": t.at(time.Now()), "errors": sums, "faults": faults,
		"counts": t.counts, "servers": t.servers, "texts": t.examples}, "", " ")
	fail(err)
	fmt.Println(string(text))
}

// Line is for people who watch.
func (t *tally) line() {
	t.Lock()
	defer t.Unlock()
	sums, faults := t.sums()
	done := 0
	for _, s := range t.servers {
		for _, one := range s.Did {
			done += one.Done
		}
	}
	fmt.Fprintf(os.Stderr, "live: %.0f s, %d answers, %d faults, %d times unavailable, %d decryption errors\n",
		t.at(time.Now()), done, faults, sums[unavailable], sums[decryption])
}
