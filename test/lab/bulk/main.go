// SPDX-License-Identifier: Apache-2.0

// Bulk makes, changes and compares many objects at once, on a node of the lab.
//
//	bulk create [-n 5000] [-size 1536] [-prefix bulk] [-namespaces 1] [-immutable] [-last-applied] [-kind secrets]
//	bulk delete [-prefix bulk] [-kind secrets]
//	bulk paths [-kind secrets]                the API's path of each, a line each
//	bulk record FILE [-kind secrets] [-only PREFIX]   what there is, by digests; of these names alone
//	bulk check FILE [-kind secrets]           is it still so, but for resourceVersion
//	bulk churn FILE [-workers 4]              creates, changes, deletes until SIGTERM, then records what must be there
//	bulk live -servers A,B,C [-rate 10] [-n 500] [-prefix bulk]   a client of all servers, until SIGTERM
//
// It speaks HTTP/2 with admin.conf's credentials. What it makes has random-looking data that its name tells, so a
// record needs no more than digests. check prints each difference, and exits 1 where there is one.
//
// live creates, reads, lists, watches, changes and deletes Secrets in the namespace live, through each of these servers
// and ten times a second each; what is written through one is read at once through the others. It also reads what
// 'bulk create -n 500' made, one after the other and all at once. Every value is held against what its name tells. At
// the end it prints what it did and saw as one JSON document; no error of the servers makes it exit otherwise than 0.
package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"
)

var (
	flags       = flag.NewFlagSet("bulk", flag.ExitOnError)
	kubeconfig  = flags.String("kubeconfig", "/etc/kubernetes/admin.conf", "credentials")
	count       = flags.Int("n", 5000, "how many")
	size        = flags.Int("size", 1536, "bytes of data of each")
	prefix      = flags.String("prefix", "bulk", "what names begin with")
	namespaces  = flags.Int("namespaces", 1, "1: default; more: also bulk-1, bulk-2, …")
	kind        = flags.String("kind", "secrets", "secrets or configmaps")
	workers     = flags.Int("workers", 32, "requests in flight")
	immutable   = flags.Bool("immutable", false, "make them immutable")
	only        = flags.String("only", "", "for record: names that begin so, and a dash")
	lastApplied = flags.Bool("last-applied", false, "with kubectl's annotation, which repeats the data")
)

// Kinds is what a kind is called, and where it keeps bytes.
var kinds = map[string][2]string{"secrets": {"Secret", "data"}, "configmaps": {"ConfigMap", "binaryData"}}

type api struct {
	server string
	client *http.Client
}

type object struct {
	Metadata struct {
		Name            string `json:"name"`
		Namespace       string `json:"namespace"`
		UID             string `json:"uid"`
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Data       map[string]string `json:"data"`
	BinaryData map[string]string `json:"binaryData"`
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bulk:", err)
		os.Exit(1)
	}
}

func open() *api {
	text, err := os.ReadFile(*kubeconfig)
	fail(err)
	found := regexp.MustCompile(`server: (\S+)`).FindSubmatch(text)
	if found == nil {
		fail(fmt.Errorf("%s names no server", *kubeconfig))
	}
	return &api{string(found[1]), client(60 * time.Second)}
}

// Client has admin.conf's credentials, and connections of its own. Limit 0: none.
func client(limit time.Duration) *http.Client {
	text, err := os.ReadFile(*kubeconfig)
	fail(err)
	field := func(name string) []byte {
		found := regexp.MustCompile(name + `: (\S+)`).FindSubmatch(text)
		if found == nil {
			fail(fmt.Errorf("%s has no %s", *kubeconfig, name))
		}
		return found[1]
	}
	blob := func(name string) []byte {
		data, err := base64.StdEncoding.DecodeString(string(field(name)))
		fail(err)
		return data
	}
	pair, err := tls.X509KeyPair(blob("client-certificate-data"), blob("client-key-data"))
	fail(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(blob("certificate-authority-data"))
	transport := &http.Transport{ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		// One that has gone without a word is found out.
		HTTP2: &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 15 * time.Second}}
	return &http.Client{Transport: transport, Timeout: limit}
}

// Do returns the status (0: no answer) and the body.
func (a *api) do(method, path, contentType string, body []byte) (int, []byte) {
	request, err := http.NewRequest(method, a.server+path, bytes.NewReader(body))
	fail(err)
	request.Header.Set("Content-Type", contentType)
	answer, err := a.client.Do(request)
	if err != nil {
		return 0, []byte(err.Error())
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, []byte(err.Error())
	}
	return answer.StatusCode, text
}

func collection(namespace string) string {
	if namespace == "" {
		return "/api/v1/" + *kind
	}
	return "/api/v1/namespaces/" + namespace + "/" + *kind
}

func path(namespace, name string) string {
	return collection(namespace) + "/" + name
}

// DataOf is what an object of this name has in its generation.
func dataOf(name string, generation int) []byte {
	return bytesOf(name, generation, *size)
}

func bytesOf(name string, generation, length int) []byte {
	source := rand.NewChaCha8(sha256.Sum256(fmt.Appendf(nil, "%s %d", name, generation)))
	data := make([]byte, length)
	_, _ = source.Read(data)
	return data
}

func encoded(name string, generation int) string {
	return base64.StdEncoding.EncodeToString(dataOf(name, generation))
}

// Manifest is the whole object; version "" to create it.
func manifest(namespace, name, data, version string) []byte {
	what := kinds[*kind]
	metadata := map[string]any{"name": name, "namespace": namespace, "labels": map[string]string{"made-by": "bulk"}}
	whole := map[string]any{"apiVersion": "v1", "kind": what[0], "metadata": metadata,
		what[1]: map[string]string{"value": data}}
	if *immutable {
		whole["immutable"] = true
	}
	if version != "" {
		metadata["resourceVersion"] = version
	}
	if *lastApplied {
		text, err := json.Marshal(whole)
		fail(err)
		metadata["annotations"] = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": string(text) + "\n"}
	}
	text, err := json.Marshal(whole)
	fail(err)
	return text
}

// Each calls work with 0, 1, … below n, by so many at once, until one fails.
func each(n, atOnce int, work func(int) error) error {
	var wait sync.WaitGroup
	next, ends := make(chan int), make(chan error, atOnce)
	stop := make(chan struct{})
	var once sync.Once
	for range atOnce {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for at := range next {
				if err := work(at); err != nil {
					ends <- err
					once.Do(func() { close(stop) })
					return
				}
			}
		}()
	}
feed:
	for at := range n {
		select {
		case next <- at:
		case <-stop:
			break feed
		}
	}
	close(next)
	wait.Wait()
	close(ends)
	return <-ends
}

// Settled repeats what was answered by no more than a delay.
func (a *api) settled(method, path, contentType string, body []byte) (int, []byte) {
	for tries := 0; ; tries++ {
		status, text := a.do(method, path, contentType, body)
		if tries == 60 || (status != 0 && status != 429 && status < 500) {
			return status, text
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func create(a *api) error {
	for at := 1; at < *namespaces; at++ {
		body := fmt.Appendf(nil, `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"bulk-%d"}}`, at)
		if status, text := a.settled("POST", "/api/v1/namespaces", "application/json", body); status != 201 && status != 409 {
			return fmt.Errorf("namespace: %d %s", status, text)
		}
	}
	return each(*count, *workers, func(at int) error {
		name, namespace := fmt.Sprintf("%s-%06d", *prefix, at), "default"
		if which := at % *namespaces; which > 0 {
			namespace = fmt.Sprintf("bulk-%d", which)
		}
		body := manifest(namespace, name, encoded(name, 0), "")
		status, text := a.settled("POST", collection(namespace), "application/json", body)
		if status != 201 && status != 409 {
			return fmt.Errorf("%s: %d %s", name, status, text)
		}
		return nil
	})
}

// List calls work with the bytes of every object; pages keep this process small.
func (a *api) list(work func(*object, []byte)) error {
	limit := max(10, min(500, 20_000_000/max(*size, 1)))
	for token := ""; ; {
		status, text := a.settled("GET", fmt.Sprintf("%s?limit=%d&continue=%s", collection(""), limit, token), "", nil)
		var page struct {
			Metadata struct{ Continue string }
			Items    []json.RawMessage
		}
		if status != 200 && status != 410 {
			return fmt.Errorf("list: %d %s", status, text)
		}
		// 410: compacted meanwhile. Its token goes on from there with what is there now.
		if err := json.Unmarshal(text, &page); err != nil {
			return err
		}
		for _, item := range page.Items {
			one := &object{}
			if err := json.Unmarshal(item, one); err != nil {
				return err
			}
			work(one, item)
		}
		if token = page.Metadata.Continue; token == "" {
			return nil
		}
	}
}

func removeAll(a *api) error {
	var names []string
	if err := a.list(func(one *object, _ []byte) {
		if strings.HasPrefix(one.Metadata.Name, *prefix+"-") {
			names = append(names, path(one.Metadata.Namespace, one.Metadata.Name))
		}
	}); err != nil {
		return err
	}
	return each(len(names), *workers, func(at int) error {
		if status, text := a.settled("DELETE", names[at], "", nil); status != 200 && status != 404 {
			return fmt.Errorf("%s: %d %s", names[at], status, text)
		}
		return nil
	})
}

func paths(a *api) error {
	return a.list(func(one *object, _ []byte) { fmt.Println(path(one.Metadata.Namespace, one.Metadata.Name)) })
}

// Known is what is known of an object: all of it, or only its data, or that it is not there.
type known struct {
	Whole string `json:"whole,omitempty"`
	Data  string `json:"data,omitempty"`
	Gone  bool   `json:"gone,omitempty"`
}

type record struct {
	Only    string           `json:"only,omitempty"` // objects of other names are nobody's business
	Objects map[string]known `json:"objects"`
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:12])
}

func keyOf(one *object) string {
	return one.Metadata.Namespace + "/" + one.Metadata.Name
}

// DigestOf is of everything that a rewrite must leave as it is.
func digestOf(item []byte) string {
	var whole map[string]any
	fail(json.Unmarshal(item, &whole))
	delete(whole["metadata"].(map[string]any), "resourceVersion")
	text, err := json.Marshal(whole)
	fail(err)
	return digest(text)
}

func (o *object) value() []byte {
	value := o.Data["value"] + o.BinaryData["value"]
	data, _ := base64.StdEncoding.DecodeString(value)
	return data
}

func (r *record) write(file string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

func takeRecord(a *api, file string) error {
	found := record{Only: *only, Objects: map[string]known{}}
	if err := a.list(func(one *object, item []byte) {
		if *only == "" || strings.HasPrefix(one.Metadata.Name, *only+"-") {
			found.Objects[keyOf(one)] = known{Whole: digestOf(item)}
		}
	}); err != nil {
		return err
	}
	fmt.Printf("%d %s recorded\n", len(found.Objects), *kind)
	return found.write(file)
}

func check(a *api, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var want record
	if err := json.Unmarshal(text, &want); err != nil {
		return err
	}
	bad, there := 0, 0
	tell := func(key, what string) {
		if bad++; bad <= 20 {
			fmt.Println(key+":", what)
		}
	}
	if err := a.list(func(one *object, item []byte) {
		key := keyOf(one)
		expected, found := want.Objects[key]
		delete(want.Objects, key)
		if found {
			there++
		}
		switch {
		case !found && want.Only != "" && strings.HasPrefix(one.Metadata.Name, want.Only+"-"):
			tell(key, "nobody made it")
		case expected.Gone:
			tell(key, "was deleted, and is there again")
		case expected.Whole != "" && expected.Whole != digestOf(item):
			tell(key, "is not what it was")
		case expected.Data != "" && expected.Data != digest(one.value()):
			tell(key, "has not the data that was written last")
		}
	}); err != nil {
		return err
	}
	for key, expected := range want.Objects {
		if !expected.Gone {
			tell(key, "is lost")
		}
	}
	fmt.Printf("%d %s as recorded, %d not\n", there, *kind, bad)
	if bad > 0 {
		return errors.New("not as recorded")
	}
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("create, delete, paths, record, check, churn or live?"))
	}
	words, file := os.Args[2:], ""
	if len(words) > 0 && !strings.HasPrefix(words[0], "-") {
		file, words = words[0], words[1:]
	}
	fail(flags.Parse(words))
	a, begin := open(), time.Now()
	switch os.Args[1] {
	case "create":
		fail(create(a))
		fmt.Printf("%d made in %.1f s\n", *count, time.Since(begin).Seconds())
	case "delete":
		fail(removeAll(a))
	case "paths":
		fail(paths(a))
	case "record":
		fail(takeRecord(a, file))
	case "check":
		fail(check(a, file))
	case "churn":
		fail(churn(a, file))
	case "live":
		fail(live())
	default:
		fail(fmt.Errorf("no command is called '%s'", os.Args[1]))
	}
}
