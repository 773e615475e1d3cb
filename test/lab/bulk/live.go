// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var (
	addresses = flags.String("servers", "", "for live: https://ADDRESS:6443 of each API server, with commas between")
	rate      = flags.Int("rate", 10, "for live: times a second that each thing is done through each server")
)

const (
	liveNamespace = "live"
	liveSize      = 300
	liveFor       = 2 * time.Second  // from an object's creation to its change
	keptFor       = 60 * time.Second // what is deleted is still known, for those who might see it
	patience      = 30 * time.Second // with a deletion that no server takes
)

// How many of one kind are under way through one server. More are left out, and counted: what is slow is not pressed.
var atOnce = map[string]int{"live": 80, "list": 8, "get-still": 8, "list-still": 1}

// Server is one that is asked. Watches have a client without a time limit.
type server struct {
	at     int
	a      *api
	stream *http.Client
}

// Being is a Secret of ours. Only its own routine changes it, under the lock, and everybody looks.
type being struct {
	name          string
	acked, tried  int   // the highest generation that was answered, and that was sent; -1: none
	born          int64 // the resource version of its creation
	version       string
	ending, ended bool // its deletion was sent, was answered
	died          time.Time
	seen          []bool // by the watch through each server
}

type living struct {
	sync.Mutex
	servers []*server
	beings  map[string]*being
	strays  []string // nobody knows whether they are there
	still   []string // values of what nobody changes
	tally   *tally
	run     string
	last    int
	stop    context.Context
	wait    sync.WaitGroup
	watched []atomic.Int64 // the highest resource version that the watch of each server has shown
	from    []atomic.Int64 // and the one that it began after
}

// Ask is one request. Class "": it was answered in a way that tells (2xx, 404, 409).
func (l *living) ask(s *server, operation, method, path string, body []byte) (int, []byte, string) {
	begin := time.Now()
	status, text := s.a.do(method, path, "application/json", body)
	if status/100 == 2 || status == 404 || status == 409 {
		l.tally.answered(s.at, operation, time.Since(begin))
		return status, text, ""
	}
	class, how := fault(status, string(text))
	l.tally.failed(s.at, operation, class, how, said(status, text))
	return status, text, class
}

func said(status int, text []byte) string {
	var answer struct{ Message string }
	if json.Unmarshal(text, &answer) == nil && answer.Message != "" {
		return fmt.Sprintf("%d %s", status, answer.Message)
	}
	return fmt.Sprintf("%d %s", status, text)
}

func livePath(name string) string {
	return strings.TrimSuffix("/api/v1/namespaces/"+liveNamespace+"/secrets/"+name, "/")
}

func liveValue(name string, generation int) string {
	return base64.StdEncoding.EncodeToString(bytesOf(name, generation, liveSize))
}

// GenerationOf tells which of its two generations a value is of; -1: of none.
func generationOf(name, value string) int {
	for generation := range 2 {
		if value == liveValue(name, generation) {
			return generation
		}
	}
	return -1
}

func (l *living) fault(s *server, operation, class, name, text string) {
	l.tally.failed(s.at, operation, class, "", name+": "+text)
}

// --- one Secret, from its creation to its end

func (l *living) newBeing() *being {
	l.Lock()
	defer l.Unlock()
	l.last++
	one := &being{name: fmt.Sprintf("live-%s-%06d", l.run, l.last), acked: -1, seen: make([]bool, len(l.servers))}
	l.beings[one.name] = one
	return one
}

func (l *living) forget(one *being) {
	l.Lock()
	defer l.Unlock()
	l.strays = append(l.strays, one.name)
	delete(l.beings, one.name)
}

func (l *living) note(work func()) {
	l.Lock()
	defer l.Unlock()
	work()
}

func versionOf(text []byte) string {
	one := &object{}
	_ = json.Unmarshal(text, one)
	return one.Metadata.ResourceVersion
}

func (l *living) create(s *server, one *being) bool {
	body := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"%s"},"data":{"value":"%s"}}`,
		one.name, liveValue(one.name, 0))
	status, text, class := l.ask(s, "create", "POST", livePath(""), body)
	if status != 201 {
		if class == "" {
			l.fault(s, "create", refused, one.name, said(status, text))
		}
		return false
	}
	l.note(func() {
		one.acked, one.version = 0, versionOf(text)
		one.born, _ = strconv.ParseInt(one.version, 10, 64)
	})
	return true
}

// Read is consistent: its resource version is unset, so the server asks etcd's leader.
func (l *living) read(s *server, one *being) {
	status, text, class := l.ask(s, "get", "GET", livePath(one.name), nil)
	if class != "" {
		return
	}
	if status != 200 {
		l.fault(s, "get", lost, one.name, said(status, text))
		return
	}
	found := &object{}
	_ = json.Unmarshal(text, found)
	l.note(func() { one.version = found.Metadata.ResourceVersion })
	if generation := generationOf(one.name, found.Data["value"]); generation < one.acked || generation > one.tried {
		l.fault(s, "get", wrong, one.name, fmt.Sprintf("generation %d, not %d to %d", generation, one.acked, one.tried))
	}
}

func (l *living) readThroughAll(one *being) {
	var wait sync.WaitGroup
	for _, s := range l.servers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			l.read(s, one)
		}()
	}
	wait.Wait()
}

// Update changes it; where somebody has rewritten it meanwhile, again.
func (l *living) update(s *server, one *being) {
	l.note(func() { one.tried = 1 })
	for range 10 {
		body := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"%s","resourceVersion":"%s"},`+
			`"data":{"value":"%s"}}`, one.name, one.version, liveValue(one.name, 1))
		status, text, class := l.ask(s, "update", "PUT", livePath(one.name), body)
		switch {
		case status == 200:
			l.note(func() { one.acked = 1 })
			return
		case status == 409:
			l.tally.count("conflicts")
			l.read(s, one)
		case status == 404:
			l.fault(s, "update", lost, one.name, said(status, text))
			return
		case class != "":
			return // it has happened, or it has not
		}
	}
}

// Remove deletes it, through another server where one gives no answer. 404 is right after such a one only.
func (l *living) remove(first int, one *being) bool {
	l.note(func() { one.ending = true })
	begin := time.Now()
	for tries := 0; time.Since(begin) < patience; tries++ {
		s := l.servers[(first+tries)%len(l.servers)]
		status, text, class := l.ask(s, "delete", "DELETE", livePath(one.name), nil)
		if class == "" {
			if status == 404 && tries == 0 {
				l.fault(s, "delete", lost, one.name, said(status, text))
			}
			l.note(func() { one.ended, one.died = true, time.Now() })
			return true
		}
		time.Sleep(200 * time.Millisecond)
	}
	return false
}

func (l *living) live(at int) {
	one, count := l.newBeing(), len(l.servers)
	if !l.create(l.servers[at], one) {
		l.forget(one)
		return
	}
	l.readThroughAll(one)
	select {
	case <-time.After(liveFor):
	case <-l.stop.Done():
	}
	l.update(l.servers[(at+1)%count], one)
	l.read(l.servers[(at+2)%count], one)
	if !l.remove((at+2)%count, one) {
		l.forget(one)
		return
	}
	status, _, class := l.ask(l.servers[at], "get", "GET", livePath(one.name), nil)
	if class == "" && status != 404 {
		l.fault(l.servers[at], "get", ghost, one.name, fmt.Sprint(status))
	}
}

// --- lists

type page struct {
	Metadata struct{ ResourceVersion string }
	Items    []object
}

// Due is what a list that begins now must have, and what it must not.
func (l *living) due() (there map[string]int, gone map[string]bool) {
	l.Lock()
	defer l.Unlock()
	there, gone = map[string]int{}, map[string]bool{}
	for name, one := range l.beings {
		switch {
		case one.ended:
			gone[name] = true
		case one.acked >= 0 && !one.ending:
			there[name] = one.acked
		}
	}
	return there, gone
}

func (l *living) list(s *server) *page {
	there, gone := l.due()
	status, text, class := l.ask(s, "list", "GET", livePath(""), nil)
	if class != "" {
		return nil
	}
	found := &page{}
	if err := json.Unmarshal(text, found); err != nil || status != 200 {
		l.fault(s, "list", refused, liveNamespace, fmt.Sprint(status, err))
		return nil
	}
	for at := range found.Items {
		one := &found.Items[at]
		if gone[one.Metadata.Name] {
			l.fault(s, "list", ghost, one.Metadata.Name, "listed after it was deleted")
		}
		l.judge(s, "list", one, there[one.Metadata.Name])
		delete(there, one.Metadata.Name)
	}
	l.Lock()
	defer l.Unlock()
	for name := range there {
		if one := l.beings[name]; one != nil && !one.ending {
			l.fault(s, "list", lost, name, fmt.Sprintf("not in a list of %d", len(found.Items)))
		}
	}
	return found
}

// Judge looks whether a value is one that can be there now, and of this generation at least.
func (l *living) judge(s *server, operation string, found *object, least int) {
	generation := generationOf(found.Metadata.Name, found.Data["value"])
	l.Lock()
	defer l.Unlock()
	one := l.beings[found.Metadata.Name]
	if one != nil && (generation < least || generation > one.tried) {
		l.fault(s, operation, wrong, one.name, fmt.Sprintf("generation %d, not %d to %d", generation, least, one.tried))
	}
}

// --- what nobody changes

func (l *living) readStill(s *server, number int) {
	name := fmt.Sprintf("%s-%06d", *prefix, number)
	status, text, class := l.ask(s, "get-still", "GET", "/api/v1/namespaces/default/secrets/"+name, nil)
	if class != "" {
		return
	}
	found := &object{}
	_ = json.Unmarshal(text, found)
	if status != 200 {
		l.fault(s, "get-still", lost, name, said(status, text))
	} else if found.Data["value"] != l.still[number] {
		l.fault(s, "get-still", wrong, name, "not the value that it was made with")
	}
}

func (l *living) listStill(s *server) {
	status, text, class := l.ask(s, "list-still", "GET", "/api/v1/namespaces/default/secrets", nil)
	found, values := &page{}, map[string]string{}
	if class != "" {
		return
	}
	if err := json.Unmarshal(text, found); err != nil || status != 200 {
		l.fault(s, "list-still", refused, "default", fmt.Sprint(status, err))
		return
	}
	for _, one := range found.Items {
		values[one.Metadata.Name] = one.Data["value"]
	}
	for number, want := range l.still {
		name := fmt.Sprintf("%s-%06d", *prefix, number)
		if value, there := values[name]; !there {
			l.fault(s, "list-still", lost, name, fmt.Sprintf("not in a list of %d", len(values)))
		} else if value != want {
			l.fault(s, "list-still", wrong, name, "not the value that it was made with")
		}
	}
}

// --- watches

type event struct {
	Type   string
	Object json.RawMessage
}

// Watch goes on from where the last one ended, as clients do; and lists anew where a server says that this is too old.
func (l *living) watch(s *server) {
	for version := ""; l.stop.Err() == nil; {
		if version == "" {
			if found := l.list(s); found != nil {
				version = found.Metadata.ResourceVersion
				number, _ := strconv.ParseInt(version, 10, 64)
				l.from[s.at].Store(number)
			}
		}
		if version != "" {
			version = l.stream(s, version)
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-l.stop.Done():
		}
	}
}

func (l *living) stream(s *server, version string) string {
	request, err := http.NewRequestWithContext(l.stop, "GET", s.a.server+livePath("")+
		"?watch=1&allowWatchBookmarks=true&resourceVersion="+version, nil)
	fail(err)
	begin := time.Now()
	answer, err := s.stream.Do(request)
	if err != nil {
		if l.stop.Err() == nil {
			class, how := fault(0, err.Error())
			l.tally.failed(s.at, "watch", class, how, err.Error())
		}
		return version
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return l.watchRefused(s, version, answer)
	}
	l.tally.answered(s.at, "watch", time.Since(begin))
	l.tally.watches(s.at, "begun")
	for events := json.NewDecoder(answer.Body); ; {
		one := event{}
		if err := events.Decode(&one); err != nil {
			if l.stop.Err() == nil {
				l.tally.watches(s.at, "ended: "+howBroken(err.Error()))
			}
			return version
		}
		if one.Type == "ERROR" {
			return l.watchEnded(s, version, one.Object)
		}
		version = l.saw(s, version, &one)
	}
}

func (l *living) watchRefused(s *server, version string, answer *http.Response) string {
	text := new(bytes.Buffer)
	_, _ = text.ReadFrom(answer.Body)
	if answer.StatusCode == 410 {
		l.tally.watches(s.at, "too old")
		return ""
	}
	class, how := fault(answer.StatusCode, text.String())
	l.tally.failed(s.at, "watch", class, how, said(answer.StatusCode, text.Bytes()))
	return version
}

func (l *living) watchEnded(s *server, version string, status []byte) string {
	var answer struct{ Code int }
	_ = json.Unmarshal(status, &answer)
	if answer.Code == 410 {
		l.tally.watches(s.at, "too old")
		return ""
	}
	class, how := fault(answer.Code, string(status))
	if class != decryption && class != unavailable {
		class = watchError
	}
	l.tally.watches(s.at, "ended: ERROR")
	l.tally.failed(s.at, "watch", class, how, said(answer.Code, status))
	return version
}

// Saw takes note of an event, and returns the resource version to go on from.
func (l *living) saw(s *server, version string, one *event) string {
	found := &object{}
	if json.Unmarshal(one.Object, found) != nil || found.Metadata.ResourceVersion == "" {
		return version
	}
	number, _ := strconv.ParseInt(found.Metadata.ResourceVersion, 10, 64)
	l.watched[s.at].Store(max(number, l.watched[s.at].Load()))
	if one.Type == "BOOKMARK" {
		return found.Metadata.ResourceVersion
	}
	l.tally.watches(s.at, "events")
	if one.Type != "DELETED" {
		l.judge(s, "watch", found, 0)
	}
	l.note(func() {
		if known := l.beings[found.Metadata.Name]; known != nil && one.Type == "ADDED" {
			known.seen[s.at] = true
		}
	})
	return found.Metadata.ResourceVersion
}

// Sweep forgets what is long gone. Events come in the order of their resource versions, so a watch that has shown a
// later one has passed over whatever it has not shown.
func (l *living) sweep(all bool) {
	l.Lock()
	defer l.Unlock()
	for name, one := range l.beings {
		if !one.ended || (!all && time.Since(one.died) < keptFor) {
			continue
		}
		for at, s := range l.servers {
			if !one.seen[at] && one.born > l.from[at].Load() && one.born < l.watched[at].Load() {
				l.fault(s, "watch", missed, name, "created, and not shown")
			}
		}
		delete(l.beings, name)
	}
}

// --- the whole

// Each does something through a server so many times a second, until the end; answers are not waited for.
func (l *living) each(s *server, what string, pause time.Duration, work func(int)) {
	free := make(chan struct{}, atOnce[what])
	ticks := time.NewTicker(pause)
	defer ticks.Stop()
	for number := 0; ; number++ {
		select {
		case <-l.stop.Done():
			return
		case <-ticks.C:
		}
		select {
		case free <- struct{}{}:
		default:
			l.tally.count("left out: " + what)
			continue
		}
		l.wait.Add(1)
		go func() {
			defer l.wait.Done()
			work(number)
			<-free
		}()
	}
}

func (l *living) through(s *server) {
	pause := time.Second / time.Duration(*rate)
	run := func(work func()) {
		l.wait.Add(1)
		go func() {
			defer l.wait.Done()
			work()
		}()
	}
	run(func() { l.watch(s) })
	run(func() { l.each(s, "live", pause, func(int) { l.live(s.at) }) })
	run(func() { l.each(s, "list", pause, func(int) { l.list(s) }) })
	if count := len(l.still); count > 0 {
		whole := max(time.Second, time.Duration(count)*2*time.Millisecond)
		run(func() { l.each(s, "get-still", pause, func(number int) { l.readStill(s, number%count) }) })
		run(func() { l.each(s, "list-still", whole, func(int) { l.listStill(s) }) })
	}
}

func newLiving(stop context.Context) *living {
	random := make([]byte, 3)
	for at := range random {
		random[at] = byte(rand.IntN(256))
	}
	names := strings.Split(*addresses, ",")
	l := &living{beings: map[string]*being{}, tally: newTally(names), run: hex.EncodeToString(random), stop: stop,
		watched: make([]atomic.Int64, len(names)), from: make([]atomic.Int64, len(names))}
	for at, name := range names {
		l.servers = append(l.servers, &server{at: at, a: &api{name, client(20 * time.Second)}, stream: client(0)})
	}
	for number := range *count {
		l.still = append(l.still, encoded(fmt.Sprintf("%s-%06d", *prefix, number), 0))
	}
	return l
}

// Work goes on until the end.
func (l *living) work() {
	for _, s := range l.servers {
		l.through(s)
	}
	fmt.Fprintln(os.Stderr, "live: begun")
	for tick := 1; l.stop.Err() == nil; tick++ {
		select {
		case <-time.After(time.Second):
			l.sweep(false)
		case <-l.stop.Done():
		}
		if tick%10 == 0 {
			l.tally.line()
		}
	}
	l.wait.Wait()
	l.sweep(true)
}

func live() error {
	if *addresses == "" || *rate < 1 {
		return fmt.Errorf("live needs -servers https://ADDRESS:6443,… and a -rate of 1 at least")
	}
	stop, end := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer end()
	l := newLiving(stop)
	body := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"%s"}}`, liveNamespace)
	status, text := l.servers[0].a.settled("POST", "/api/v1/namespaces", "application/json", body)
	if status != 201 && status != 409 {
		return fmt.Errorf("namespace: %d %s", status, text)
	}
	l.work()
	for _, name := range l.strays {
		l.servers[0].a.do("DELETE", livePath(name), "application/json", nil)
		l.tally.count("creations without a yes")
	}
	l.tally.print()
	return nil
}
