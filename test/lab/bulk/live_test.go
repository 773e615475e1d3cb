// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Store is what servers of a test keep, and what each of them does wrong.
type store struct {
	sync.Mutex
	version int
	kept    map[string]map[string]any // by path
	events  []map[string]any
	fault   func(server int, operation string, count int) string
	count   map[string]int
}

func nameOf(path string) string {
	return path[strings.LastIndex(path, "/")+1:]
}

func (s *store) event(what string, one map[string]any) {
	s.events = append(s.events, map[string]any{"type": what, "object": one})
}

func secret(name, value string, version int) map[string]any {
	return map[string]any{"metadata": map[string]any{"name": name, "resourceVersion": fmt.Sprint(version)},
		"data": map[string]any{"value": value}}
}

func versionIn(event map[string]any) (version int) {
	text, _ := json.Marshal(event["object"])
	_, _ = fmt.Sscan(versionOf(text), &version)
	return version
}

func operationOf(r *http.Request) string {
	switch {
	case r.Method == "GET" && r.URL.Query().Get("watch") != "":
		return "watch"
	case r.Method == "GET" && strings.HasSuffix(r.URL.Path, "/secrets"):
		return "list"
	default:
		return r.Method
	}
}

func (s *store) serve(server int, w http.ResponseWriter, r *http.Request) {
	operation := operationOf(r)
	body, _ := io.ReadAll(r.Body)
	if operation == "watch" {
		s.watch(server, w, r)
		return
	}
	s.Lock()
	defer s.Unlock()
	key := fmt.Sprint(server, operation)
	s.count[key]++
	does := s.fault(server, operation, s.count[key])
	if does == "500" {
		w.WriteHeader(500)
		fmt.Fprint(w, `{"message":"Internal error occurred: unable to transform key \"/registry/secrets/live/x\""}`)
		return
	}
	if does == "429" {
		w.WriteHeader(429)
		return
	}
	given := &object{}
	_ = json.Unmarshal(body, given)
	status, answer := s.do(operation, r.URL.Path, given, does)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *store) do(operation, path string, given *object, does string) (int, any) {
	one := s.kept[path]
	s.version++
	switch operation {
	case "POST":
		one = secret(given.Metadata.Name, given.Data["value"], s.version)
		if does != "drop" {
			s.kept[path+"/"+given.Metadata.Name] = one
		}
		if does != "hide" {
			s.event("ADDED", one)
		}
		return 201, one
	case "PUT":
		if does != "drop" {
			s.kept[path] = secret(given.Metadata.Name, given.Data["value"], s.version)
		}
		return 200, secret(given.Metadata.Name, given.Data["value"], s.version)
	case "DELETE":
		if one != nil {
			s.event("DELETED", secret(nameOf(path), "", s.version))
		}
		if does != "drop" {
			delete(s.kept, path)
		}
		return map[bool]int{true: 200, false: 404}[one != nil], map[string]any{}
	case "list":
		items := []any{}
		for at, each := range s.kept {
			if strings.HasPrefix(at, path+"/") && (does != "hide" || len(items) > 0) {
				items = append(items, each)
			}
			if does == "hide" {
				does = ""
			}
		}
		return 200, map[string]any{"metadata": map[string]any{"resourceVersion": fmt.Sprint(s.version)}, "items": items}
	}
	if one == nil {
		return 404, map[string]any{"message": "not found"}
	}
	return 200, one
}

func (s *store) watch(server int, w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(200)
	w.(http.Flusher).Flush()
	at, from := 0, 0
	_, _ = fmt.Sscan(r.URL.Query().Get("resourceVersion"), &from)
	for r.Context().Err() == nil {
		s.Lock()
		news := s.events[at:]
		at = len(s.events)
		s.Unlock()
		for number, each := range news {
			if versionIn(each) > from && s.fault(server, "event", at-len(news)+number) != "hide" {
				_ = json.NewEncoder(w).Encode(each)
			}
		}
		w.(http.Flusher).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// Lives runs the client for a while against three servers with that fault, and returns what it saw.
func lives(t *testing.T, fault func(server int, operation string, count int) string) (*living, map[string]int) {
	s := &store{kept: map[string]map[string]any{}, fault: fault, count: map[string]int{}}
	var names []string
	for server := range 3 {
		one := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(server, w, r) }))
		one.EnableHTTP2 = true
		one.StartTLS()
		defer one.Close()
		names = append(names, one.URL)
		if server == 0 {
			writeKubeconfig(t, one)
		}
	}
	*addresses, *count, *rate = strings.Join(names, ","), 5, 10
	stop, end := context.WithTimeout(context.Background(), 4*time.Second)
	defer end()
	l := newLiving(stop)
	for number, value := range l.still {
		name := fmt.Sprintf("%s-%06d", *prefix, number)
		s.kept["/api/v1/namespaces/default/secrets/"+name] = secret(name, value, 0)
	}
	l.work()
	sums, _ := l.tally.sums()
	return l, sums
}

func writeKubeconfig(t *testing.T, server *httptest.Server) {
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := func(kind string, data []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}))
	}
	*kubeconfig = filepath.Join(t.TempDir(), "conf")
	err = os.WriteFile(*kubeconfig, fmt.Appendf(nil, "certificate-authority-data: %s\nclient-certificate-data: %s\n"+
		"client-key-data: %s\n", text("CERTIFICATE", pair.Certificate[0]), text("CERTIFICATE", pair.Certificate[0]),
		text("PRIVATE KEY", key)), 0o600)
	if err != nil {
		t.Fatal(err)
	}
}

// Each fault of a server is seen, as what it is; and where there is none, none is.
func TestFaultsAreSeen(t *testing.T) {
	at := func(server int, operation, does string, from, to int) func(int, string, int) string {
		return func(s int, o string, count int) string {
			if s == server && o == operation && count >= from && count < to {
				return does
			}
			return ""
		}
	}
	for _, one := range []struct {
		what, class string
		fault       func(int, string, int) string
	}{
		{"nothing is wrong", "", at(9, "", "", 0, 0)},
		{"a value cannot be read", decryption, at(1, "GET", "500", 9, 12)},
		{"nor be listed", decryption, at(2, "list", "500", 5, 6)},
		{"a creation is lost", lost, at(0, "POST", "drop", 5, 6)},
		{"a list leaves one out", lost, at(1, "list", "hide", 5, 25)},
		{"a change is lost", wrong, at(2, "PUT", "drop", 3, 4)},
		{"a deletion is lost", ghost, at(0, "DELETE", "drop", 3, 4)},
		{"a watch passes one over", missed, at(1, "event", "hide", 40, 41)},
		{"a server asks to wait", unavailable, at(1, "GET", "429", 9, 30)},
	} {
		t.Run(one.what, func(t *testing.T) {
			l, sums := lives(t, one.fault)
			for class, number := range sums {
				// A busy machine may be late with an answer.
				if class != one.class && class != unavailable && number > 0 {
					t.Errorf("%d %s: %+v", number, class, l.tally.examples)
				}
			}
			if one.class != "" && sums[one.class] == 0 {
				t.Errorf("not seen: %s (%v)", one.class, sums)
			}
			for _, s := range l.tally.servers {
				if s.Did["create"].Done < 5 || s.Did["list"].Done < 5 || s.Did["get-still"].Done < 5 {
					t.Errorf("hardly anything was done through %s: %+v", s.Address, s.Did["create"])
				}
			}
		})
	}
}

func TestClasses(t *testing.T) {
	for _, one := range []struct {
		status      int
		text, class string
	}{
		{500, "Internal error occurred: identity transformer tried to read encrypted data", decryption},
		{500, `unable to transform key "/registry/secrets/a/b": no matching prefix found`, decryption},
		{500, "Internal error occurred: invalid padding on input", decryption},
		{500, "etcdserver: leader changed", unavailable},
		{500, "rpc error: code = Unavailable desc = transport is closing", unavailable},
		{500, "something else", internal},
		{504, "Timeout: request did not complete within requested timeout", unavailable},
		{429, "storage is (re)initializing", unavailable},
		{503, "apiserver is shutting down", unavailable},
		{403, "forbidden", unavailable},
		{422, "invalid", refused},
		{0, "connect: connection refused", unavailable},
	} {
		if class, _ := fault(one.status, one.text); class != one.class {
			t.Errorf("%d %s: %s, not %s", one.status, one.text, class, one.class)
		}
	}
}

func TestStretch(t *testing.T) {
	begin := time.Now()
	s := stretch{since: begin}
	at := func(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }
	s.take(at(1), true)
	s.take(at(3), false)
	s.take(at(4), false)
	if length := s.take(at(6), true); length != 5*time.Second {
		t.Error(length)
	}
	if length := s.take(at(9), true); length != 0 {
		t.Error(length)
	}
}
